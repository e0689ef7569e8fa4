import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hexuserPath } from "../hexuser-environment.ts";
import { bothKinds, startRegistry, type TestRegistry } from "../registry.ts";
import { itWith, python } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";
import { type ServeProcess, startServing } from "../serve/serve-process.ts";
import { createSetting, localPassword, type Setting, signIn, signInWithKey } from "../setting.ts";

const registries = new Map<string, TestRegistry>();
beforeAll(async () => {
  for (const kind of bothKinds) registries.set(kind, await startRegistry(kind));
});
afterAll(async () => {
  for (const registry of registries.values()) await registry.close();
});

let setting: Setting;
let serving: ServeProcess | undefined;
afterEach(async () => {
  serving?.kill("SIGKILL");
  await serving?.ended;
  serving = undefined;
  setting.machine.remove();
});

async function enter(kind: string, isSignedIn = true): Promise<ServeProcess> {
  setting = await createSetting(registries.get(kind) as TestRegistry);
  if (isSignedIn) await signIn(setting);
  serving = startServing(setting.machine);
  return serving;
}

describe.each(bothKinds)("serve, at a registry like %s", (kind) => {
  it("executes the operations, and names missing answers until the client gives them", async () => {
    const hexuser = await enter(kind);
    const { account, isClassic } = setting;
    expect((await hexuser.call("whoami")).result).toMatchObject({ username: account.username });
    const lacking = await hexuser.call("key.generate", { input: { keyName: "ci" } });
    const need = isClassic ? "accountPassword" : "otp";
    expect(lacking.error).toMatchObject({
      code: 4,
      data: { code: "authentication_required", needs: [{ answer: need, because: "missing" }] },
    });
    const wrong = { [need]: isClassic ? "not the password" : "000000" };
    const refused = await hexuser.call("key.generate", { input: { keyName: "ci" }, answers: wrong });
    expect(refused.error).toMatchObject({ code: 4, data: { code: "authentication_refused" } });
    const right = { [need]: isClassic ? account.password : account.otp() };
    const made = await hexuser.call("key.generate", { input: { keyName: "ci" }, answers: right });
    expect(made.result).toMatchObject({ name: "ci", secret: expect.stringMatching(/^[0-9a-f]{32}$/) });
    const { keys } = (await hexuser.call("key.list")).result as { keys: { name: string }[] };
    expect(keys.map(({ name }) => name)).toContain("ci");
    expect(await hexuser.close()).toBe(0);
    expect(hexuser.output().stderr).toBe("");
  });

  itWith(python)("is enough for a front end in another language", async () => {
    await enter(kind);
    const { account, isClassic, machine } = setting;
    const answers = isClassic ? [account.password, localPassword] : [account.otp(), account.otp()];
    const script = fileURLToPath(new URL("../serve/list_keys.py", import.meta.url));
    const { code, stdout, stderr } = await runHexuser([script, hexuserPath, "ci"], {
      machine,
      program: "python3",
      stdin: `${answers.join("\n")}\n`,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`signed in as ${account.username}`);
    expect(stdout).toMatch(/^made ci$/m);
    expect(stdout).toMatch(/^revoked ci$/m);
    expect(stdout).toMatch(/^ended with 0$/m);
  });
});

describe("serve", () => {
  it("reports a sign-in's code, and undoes a cancelled call", async () => {
    const hexuser = await enter("current-basic-off", false);
    const { machine, registry } = setting;
    const signingIn = hexuser.begin("auth");
    const { id, event } = await hexuser.event("device_code");
    expect(id).toBe(signingIn.id);
    expect(event).toMatchObject({ userCode: expect.stringMatching(/^\w{4}-\w{4}$/), expiresIn: 600 });
    await hexuser.write(`${JSON.stringify({ jsonrpc: "2.0", method: "cancel", params: { id } })}\n`);
    expect((await signingIn.answer).error).toMatchObject({ code: 130, data: { code: "interrupted" } });
    expect(existsSync(machine.configPath)).toBe(false);

    const again = hexuser.begin("auth");
    const shown = await hexuser.event("device_code");
    registry.control.approveDevice(String(shown.event.userCode), { username: setting.account.username });
    expect((await again.answer).result).toMatchObject({
      method: "device",
      username: setting.account.username,
    });
    expect((await hexuser.call("whoami")).result).toMatchObject({ credential: { kind: "session" } });
  });

  it("executes many calls at once, and answers a call that is cancelled while it waits", async () => {
    const hexuser = await enter("current-basic-off");
    setting.registry.control.addFault({ path: "/api/users/me", delayMs: 300, times: 40 });
    const calls = Array.from({ length: 60 }, () => hexuser.begin("whoami"));
    const last = calls.at(-1);
    await hexuser.write(
      `${JSON.stringify({ jsonrpc: "2.0", method: "cancel", params: { id: last?.id } })}\n`,
    );
    const answers = await Promise.all(calls.map(({ answer }) => answer));
    expect(answers.filter(({ result }) => result?.username === setting.account.username)).toHaveLength(59);
    expect(answers.at(-1)?.error?.code).toBe(130);
    setting.registry.control.clearFaults();
  });

  it("answers a batch with one message, and executes no call without an id", async () => {
    const hexuser = await enter("classic-2021", false);
    const secret = await signInWithKey(setting, "mine");
    const call = (method: string, id?: number, input?: object) => ({
      jsonrpc: "2.0",
      method,
      ...(id === undefined ? {} : { id }),
      ...(input === undefined ? {} : { params: { input } }),
    });
    await hexuser.write(`${JSON.stringify(call("key.revoke", undefined, { name: "mine" }))}\n`);
    await hexuser.write(
      `${JSON.stringify([call("whoami", 901), call("cancel"), call("key.list", 902), 7])}\r\n`,
    );
    const batch = (await hexuser.nextStray()) as { id: number | null }[];
    expect(batch.map(({ id }) => id)).toEqual([901, 902, null]);
    expect((await hexuser.call("whoami")).result).toMatchObject({ username: setting.account.username });
    expect(JSON.stringify(hexuser.output())).not.toContain(secret);
  });

  it("takes answers for all calls from a file", async () => {
    await enter("classic-2021");
    const { machine, account } = setting;
    const path = `${machine.home}/answers.json`;
    writeFileSync(path, JSON.stringify({ accountPassword: account.password }), { mode: 0o600 });
    serving?.kill("SIGKILL");
    serving = startServing(machine, ["--secrets-from", path]);
    expect((await serving.call("key.generate", { input: { keyName: "ci" } })).result).toMatchObject({
      name: "ci",
    });
  });

  const hostile: readonly [title: string, bytes: string | Uint8Array, code: number, id: number | null][] = [
    ["no JSON", "{", -32700, null],
    ["bytes that are no text", Uint8Array.of(0xff, 0xfe, 0x00, 0x80), -32700, null],
    ["a line that is too long", `"${"x".repeat(1024 * 1024)}"`, -32700, null],
    ["a million brackets", "[".repeat(1_000_000), -32700, null],
    [
      "deeply nested input",
      `{"jsonrpc":"2.0","id":1,"method":"whoami","params":{"input":{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}}}`,
      2,
      1,
    ],
    ["null", "null", -32600, null],
    ["a batch of nothing", "[]", -32600, null],
    ["a batch that is too long", `[${"1,".repeat(1000)}1]`, -32600, null],
    ["another version", `{"jsonrpc":"1.0","id":1,"method":"whoami"}`, -32600, null],
    ["an id that is none", `{"jsonrpc":"2.0","id":{},"method":"whoami"}`, -32600, null],
    ["an unknown operation", `{"jsonrpc":"2.0","id":1,"method":"constructor"}`, -32601, 1],
    ["a command that is no operation", `{"jsonrpc":"2.0","id":1,"method":"backend.use"}`, -32601, 1],
    ["params that are a list", `{"jsonrpc":"2.0","id":1,"method":"whoami","params":["canary"]}`, -32602, 1],
    [
      "an answer of the wrong kind",
      `{"jsonrpc":"2.0","id":1,"method":"whoami","params":{"answers":{"otp":"canary"}}}`,
      -32602,
      1,
    ],
    [
      "an unknown answer",
      `{"jsonrpc":"2.0","id":1,"method":"whoami","params":{"answers":{"canary":1}}}`,
      -32602,
      1,
    ],
    [
      "unknown input",
      `{"jsonrpc":"2.0","id":1,"method":"whoami","params":{"input":{"__proto__":{"a":1},"b":1}}}`,
      2,
      1,
    ],
  ];
  it("answers hostile input with an error, and continues", async () => {
    const hexuser = await enter("current-basic-off");
    for (const [title, bytes, code, id] of hostile) {
      await hexuser.write(bytes);
      await hexuser.write("\n");
      expect(await hexuser.nextStray(), title).toMatchObject({ id, error: { code } });
    }
    expect((await hexuser.call("whoami")).result).toMatchObject({ username: setting.account.username });
    const { stdout, stderr } = hexuser.output();
    expect(stderr).toBe("");
    expect(stdout).not.toContain("canary");
  });

  it("refuses an id that is still in use", async () => {
    const hexuser = await enter("current-basic-off");
    setting.registry.control.addFault({ path: "/api/users/me", delayMs: 500 });
    const request = `${JSON.stringify({ jsonrpc: "2.0", id: "twice", method: "whoami" })}\n`;
    await hexuser.write(request + request);
    expect(await hexuser.nextStray()).toMatchObject({ id: "twice", error: { code: -32600 } });
    expect(await hexuser.nextStray()).toMatchObject({ id: "twice", result: {} });
  });

  it("survives any bytes, and reveals no answer of a client", async () => {
    const hexuser = await enter("current-basic-off");
    const canary = "canary-7f3a9c";
    const whole = JSON.stringify({
      jsonrpc: "2.0",
      id: "fuzz",
      method: "key.list",
      params: { input: {}, answers: { localPassword: canary, otp: canary, accountPassword: canary } },
    });
    const random = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .tuple(fc.nat(whole.length), fc.nat(whole.length), fc.string())
        .map(([from, to, put]) => Buffer.from(whole.slice(0, from) + put + whole.slice(to))),
    );
    for (const bytes of fc.sample(random, { numRuns: 2000, seed: 42 })) {
      await hexuser.write(bytes);
      await hexuser.write("\n");
    }
    expect((await hexuser.call("whoami")).result).toMatchObject({ username: setting.account.username });
    expect(await hexuser.close()).toBe(0);
    const { stdout, stderr } = hexuser.output();
    expect(stderr).toBe("");
    expect(stdout).not.toContain(canary);
  }, 120_000);

  it("answers open calls when its input ends", async () => {
    const hexuser = await enter("current-basic-off");
    setting.registry.control.addFault({ path: "/api/users/me", delayMs: 500 });
    const { answer } = hexuser.begin("whoami");
    expect(await hexuser.close()).toBe(0);
    expect((await answer).result).toMatchObject({ username: setting.account.username });
  });

  it("answers open calls and ends with 130 when it's interrupted", async () => {
    const hexuser = await enter("current-basic-off", false);
    const { answer } = hexuser.begin("auth");
    await hexuser.event("device_code");
    hexuser.kill("SIGTERM");
    expect((await answer).error?.code).toBe(130);
    expect(await hexuser.ended).toBe(130);
  });

  it("ends when the client stops reading", async () => {
    const hexuser = await enter("current-basic-off", false);
    hexuser.begin("auth");
    await hexuser.event("device_code");
    hexuser.hangUp();
    // While it waits for the approval, it sends an event every second.
    expect(await hexuser.ended).toBe(0);
  });

  it("names a missing flag, and reads no settings before", async () => {
    setting = await createSetting(registries.get("classic-2021") as TestRegistry);
    const { code, stdout, stderr } = await runHexuser(["serve"], { machine: setting.machine });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("--stdio");
  });
});
