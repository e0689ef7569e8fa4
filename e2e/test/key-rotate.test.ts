import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { type RunOptions, runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting } from "../setting.ts";

let registry: TestRegistry;
let setting: Setting;
let apiKey: string;
beforeAll(async () => {
  registry = await startRegistry("current-basic-off");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
  const { username } = setting.account;
  const makeKey = (name: string) =>
    registry.control.createKey({ username, name, permissions: [{ domain: "api" }] }).secret;
  apiKey = makeKey("signer");
  makeKey("ci");
});
afterEach(() => {
  registry.control.clearFaults();
  setting.machine.remove();
});

const run = (args: readonly string[], options: Partial<RunOptions> = {}) =>
  runHexuser(args, { machine: setting.machine, ...options, env: { HEX_API_KEY: apiKey } });

async function names(): Promise<string[]> {
  const { stdout } = await run(["key", "list", "--json"]);
  return JSON.parse(stdout).output.keys.map(({ name }: { name: string }) => name);
}

it("two rotations of a key at the same time give one successor, and the second one says why it fails", async () => {
  registry.control.addFault({ method: "POST", path: "/api/keys", delayMs: 6000 });
  const ended = await Promise.all([run(["key", "rotate", "ci"]), run(["key", "rotate", "ci"])]);
  expect(ended.map(({ code }) => code).sort()).toEqual([0, 5]);
  expect(ended.map(({ stderr }) => stderr).join("")).toContain("Another call is replacing this key");
  expect(await names()).toEqual([`ci-${new Date().toISOString().slice(0, 7)}`, "signer"]);
});

it("`run` and `serve` revoke the old key after the successor is delivered", async () => {
  const rotate = (name: string) => ({ operation: "key.rotate", input: { name } });
  const call = { ...rotate("ci"), deliver: { output: "key" } };
  const ran = await run(["run", "-"], { stdin: JSON.stringify(call) });
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  const { name } = JSON.parse(ran.stdout).output;
  expect(readFileSync(join(setting.machine.home, "key"), "utf8")).toMatch(/^[0-9a-f]{32}\n$/);
  expect(await names()).toEqual([name, "signer"]);
  const request = { jsonrpc: "2.0", id: 1, method: "key.rotate", params: { input: { name } } };
  const served = await run(["serve", "--stdio"], { stdin: `${JSON.stringify(request)}\n` });
  const answer = served.stdout.split("\n").find((line) => line.includes('"result"')) ?? "";
  expect(JSON.parse(answer).result).toMatchObject({ name: `${name}-2`, replaces: name });
  expect(await names()).toEqual([`${name}-2`, "signer"]);
});
