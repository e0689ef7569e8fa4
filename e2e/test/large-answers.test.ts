import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMachine, hexuserPath, type Machine } from "../hexuser-environment.ts";
import { measure } from "../measure.ts";
import { itWith, processFiles } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";
import { startServing } from "../serve/serve-process.ts";

let machine: Machine;
let body = "[]";
let made: string[] = [];
const server = createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  if (request.method === "POST") {
    made.push("ci");
    response.statusCode = 201;
    return response.end(JSON.stringify({ name: "ci", secret: "0123456789abcdef", permissions: [] }));
  }
  return response.end(request.url?.endsWith("/users/me") ? '{"username":"ada"}' : body);
});

beforeEach(async () => {
  made = [];
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  machine = createMachine({ HEX_API_URL: `http://127.0.0.1:${port}/api`, HEX_API_KEY: "0123456789abcdef" });
});
afterEach(async () => {
  machine.remove();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe("a list of keys", () => {
  const lists: readonly (readonly [string, () => readonly object[]])[] = [
    [
      "with one very long name",
      () =>
        Array.from({ length: 2000 }, (_, index) => ({
          name: index === 7 ? "x".repeat(100_000) : `key-${index}`,
          permissions: [{ domain: "api", resource: "write" }],
        })),
    ],
    ["of 130,000 keys", () => Array.from({ length: 130_000 }, () => ({ name: "a" }))],
  ];
  for (const [what, make] of lists) {
    itWith(processFiles)(
      `${what} is read within 200 MB`,
      async () => {
        body = JSON.stringify(make());
        for (const flags of [[], ["--json"]]) {
          const command = [hexuserPath, "key", "list", ...flags];
          const [measured] = await measure([{ name: what, command, isWatched: true }], 1, machine.env);
          expect(Math.max(...(measured?.peaks ?? [Number.NaN]))).toBeLessThan(200 * 1024);
        }
      },
      120_000,
    );
  }
});

describe("a new key's secret", () => {
  it.each([[">&-"], [">/dev/null"], [">/dev/full"]])("isn't lost silently: %s", async (target) => {
    const script = `exec "$0" key generate --key-name ci ${target}`;
    const child = spawn("sh", ["-c", script, hexuserPath], {
      env: machine.env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    if (target === ">/dev/full") {
      expect({ code, stderr }).toEqual({ code: 5, stderr: expect.stringContaining("key revoke ci") });
    } else {
      expect({ code, made }).toEqual({ code: 2, made: [] });
      expect(stderr).toContain("would be lost");
    }
  });
});

it("rejects half of a surrogate pair in the input of any call", async () => {
  const serving = startServing(machine);
  const { error } = await serving.call("key.revoke", { input: { name: "a\ud800" } });
  expect(error).toMatchObject({ code: 2, data: { code: "invalid_input" } });
  await serving.close();
  const document =
    '{"operation":"key.revoke","input":{"name":"\\ud800"}}\n{"operation":"s3cret.word","input":{}}';
  const { code, stderr } = await runHexuser(["run", "-"], { machine, stdin: document });
  expect(code).toBe(2);
  expect(stderr).toContain("half of a character");
  expect(stderr).not.toContain("s3cret");
});
