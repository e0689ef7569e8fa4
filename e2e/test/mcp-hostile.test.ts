import { spawn } from "node:child_process";
import fc from "fast-check";
import { operations } from "hexuser/operations";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { hexuserPath } from "../hexuser-environment.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting, signIn } from "../setting.ts";

let registry: TestRegistry;
let setting: Setting;
beforeAll(async () => {
  registry = await startRegistry("current-basic-off");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
  await signIn(setting);
});
afterEach(() => setting.machine.remove());

const canary = "canary-never-shown-5d21";
const env = { HEXUSER_ACCOUNT_PASSWORD: canary, HEXUSER_LOCAL_PASSWORD: canary };
const args = ["mcp", "--allow", "write", "--allow", "destroy"];

const initialize = {
  jsonrpc: "2.0",
  id: "begin",
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
};
const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };
const request = (id: unknown, method: string, params: unknown = {}) => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});
const call = (id: unknown, name: unknown, given: unknown = {}) =>
  request(id, "tools/call", { name, arguments: given });

interface Answer {
  readonly id?: string | number | null;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** Sends these bytes to the program and returns its answers. The program must end well and write nothing else. */
async function exchange(input: string): Promise<Answer[]> {
  const { code, stdout, stderr } = await runHexuser(args, { machine: setting.machine, env, stdin: input });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).not.toContain(canary);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Answer);
}

/** Sends the lines after a handshake and before a last request, which must always be answered. */
async function surrounded(lines: readonly string[]): Promise<Answer[]> {
  const whole = [
    JSON.stringify(initialize),
    JSON.stringify(initialized),
    ...lines,
    JSON.stringify(call("end", "whoami")),
  ];
  const answers = await exchange(`${whole.join("\n")}\n`);
  expect(answers.find(({ id }) => id === "begin")?.result).toBeDefined();
  const last = answers.find(({ id }) => id === "end");
  expect(last?.result?.structuredContent).toMatchObject({ username: setting.account.username });
  return answers.filter(({ id }) => id !== "begin" && id !== "end");
}

const deep = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

/** The id of a message whose answer must have the same id. */
const own = 424242;

/** A message, and the code of its error. Undefined means another answer or no answer. */
const corpus: readonly (readonly [string, string, number | undefined])[] = [
  ["no JSON", "hello", -32700],
  ["half of a message", '{"jsonrpc":"2.0","id":1,"method":', -32700],
  ["bytes that are no text", "\u0000\ufffd\u0001", -32700],
  ["no object", "42", -32600],
  ["nothing", "null", -32600],
  ["a batch", JSON.stringify([call(1, "whoami"), call(2, "whoami")]), -32600],
  ["another version", `{"jsonrpc":"1.0","id":${own},"method":"tools/list"}`, -32600],
  ["no method", `{"jsonrpc":"2.0","id":${own}}`, -32600],
  ["an id that is none", '{"jsonrpc":"2.0","id":{"a":1},"method":"tools/list"}', -32600],
  ["parameters that are none", `{"jsonrpc":"2.0","id":${own},"method":"tools/list","params":7}`, -32600],
  ["deep nesting", deep(400_000), -32600],
  [
    "deep nesting in the parameters",
    `{"jsonrpc":"2.0","id":${own},"method":"tools/call","params":{"name":"whoami","arguments":{"x":${deep(100_000)}}}}`,
    undefined,
  ],
  ["a line that is too long", JSON.stringify(call(1, "whoami", { x: "x".repeat(1024 * 1024) })), -32600],
  ["an unknown method", JSON.stringify(request(own, "tools/destroy")), -32601],
  ["an unknown tool", JSON.stringify(call(own, "nothing")), -32602],
  ["a tool without a name", JSON.stringify(request(own, "tools/call", {})), -32602],
  ["a tool whose name is none", JSON.stringify(call(own, { toString: 1 })), -32602],
  ["arguments that are none", JSON.stringify(call(own, "whoami", [1, 2])), -32602],
  [
    "arguments of the wrong kind",
    JSON.stringify(call(own, "key_revoke", { name: 7, all: "yes" })),
    undefined,
  ],
  [
    "a prototype",
    `{"jsonrpc":"2.0","id":${own},"method":"tools/call","params":{"name":"whoami","arguments":{"__proto__":{"x":1},"constructor":{"prototype":{"y":1}}}}}`,
    undefined,
  ],
  ["an answer to nothing", '{"jsonrpc":"2.0","id":99,"result":{"action":"accept"}}', undefined],
  [
    "a cancellation of nothing",
    '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":77}}',
    undefined,
  ],
  [
    "a cancellation of something odd",
    '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{"a":1}}}',
    undefined,
  ],
  [
    "a state that nobody gave",
    JSON.stringify(
      request(own, "tools/call", {
        name: "auth",
        arguments: {},
        requestState: "x",
        inputResponses: { approve: { action: "accept" } },
      }),
    ),
    undefined,
  ],
  ["a second handshake", JSON.stringify({ ...initialize, id: own }), undefined],
];

describe("a message that is not a call", () => {
  it("gets an error, and the calls around it get their answers", async () => {
    const answers = await surrounded(
      corpus.map(([, line], index) => line.replace(String(own), String(index))),
    );
    const unnamed = corpus.flatMap(([what, line, code], index) => {
      if (!line.includes(String(own))) return code ?? [];
      const answer = answers.find(({ id }) => id === index);
      expect(answer, what).toBeDefined();
      if (code !== undefined) expect(answer?.error?.code, what).toBe(code);
      return [];
    });
    expect(answers.flatMap(({ id, error }) => (id == null ? error?.code : []))).toEqual(unnamed);
  });

  it("gets an error before the handshake, too", async () => {
    const lines = corpus.map(([, line]) => line);
    await exchange(`\r\n\n${lines.join("\r\n")}`);
  });
});

describe("calls", () => {
  it("that arrive together are all answered, whatever is between them", async () => {
    const lines = Array.from({ length: 60 }, (_, id) =>
      JSON.stringify(call(id, id % 2 ? "whoami" : "key_list")),
    );
    const answers = await surrounded(lines.flatMap((line) => [line, "garbage"]));
    const ids = answers.flatMap(({ id, result }) => (result === undefined ? [] : [id]));
    expect(ids.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 60 }, (_, id) => id));
  });

  it("are refused if there are too many at a time or the id is in use", async () => {
    const answers = await exchange(
      [
        initialize,
        initialized,
        ...Array.from({ length: 300 }, (_, id) => call(id, "whoami")),
        call(1, "whoami"),
      ]
        .map((message) => JSON.stringify(message))
        .join("\n"),
    );
    expect(answers).toHaveLength(302);
    expect(answers.filter(({ result }) => result !== undefined).length).toBeGreaterThanOrEqual(100);
    expect(answers.some(({ error }) => error?.message.includes("Too many"))).toBe(true);
  });

  it("that listen don't delay the end", async () => {
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const listen = request("listen", "subscriptions/listen", {
      _meta,
      notifications: { toolsListChanged: true },
    });
    const list = request("list", "tools/list", { _meta });
    const answers = await exchange(`${JSON.stringify(listen)}\n${JSON.stringify(list)}\n`);
    expect(answers.find(({ id }) => id === "list")?.result?.tools).toHaveLength(operations.length);
  });

  it("end with a reader that goes away", async () => {
    const child = spawn(hexuserPath, args, {
      env: { ...setting.machine.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    child.stdin.on("error", () => {});
    child.stdout.destroy();
    for (const message of [initialize, initialized, call(1, "whoami")]) {
      child.stdin.write(`${JSON.stringify(message)}\n`);
    }
    expect(await ended).toBe(0);
  });
});

describe("anything", () => {
  const text = fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.json({ maxDepth: 3 }));
  const names = fc.constantFrom(
    "whoami",
    "key_list",
    "key_generate",
    "key_revoke",
    "register",
    "auth",
    "deauth",
    "",
  );
  const fields = fc.constantFrom(
    "name",
    "all",
    "saveTo",
    "profile",
    "acceptTerms",
    "__proto__",
    "method",
    "otp",
  );
  const value = fc.jsonValue({ maxDepth: 2 });
  const toolCall = fc
    .record({
      id: fc.oneof(fc.integer(), fc.string(), value),
      name: names,
      given: fc.oneof(fc.dictionary(fields, value, { maxKeys: 4 }), value),
    })
    // These would end the sign-in that the last request needs.
    .filter(({ name }) => name !== "deauth")
    .map(({ id, name, given }) => JSON.stringify(call(id, name, given)));
  const methods = fc.constantFrom(
    "tools/list",
    "ping",
    "initialize",
    "server/discover",
    "notifications/cancelled",
    "logging/setLevel",
    "resources/list",
  );
  const other = fc
    .record({
      id: fc.option(fc.nat(), { nil: undefined }),
      method: fc.oneof(methods, fc.string()),
      params: value,
    })
    .map((message) => JSON.stringify({ jsonrpc: "2.0", ...message }));

  it("on the input gets answers and never causes a crash", { timeout: 180_000 }, async () => {
    const line = fc.oneof(text, toolCall, other).map((one) =>
      one
        .replace(/[\r\n]/g, " ")
        .replaceAll('"begin"', '"b"')
        .replaceAll('"end"', '"e"'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 20, maxLength: 60 }), async (lines) => {
        await surrounded(lines);
      }),
      { seed: 7, numRuns: 8, endOnFailure: true },
    );
  });
});
