import { readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answerNames } from "@hexuser/core";
import { operations } from "hexuser/operations";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  failureOf,
  type McpOptions,
  type McpSession,
  openMcp,
  revisions,
  textOf,
} from "../mcp/mcp-session.ts";
import { bothKinds, startRegistry, type TestRegistry } from "../registry.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, localPassword, type Setting, signIn } from "../setting.ts";

let registry: TestRegistry;
let setting: Setting;
let session: McpSession | undefined;

async function open(options: Omit<McpOptions, "machine"> = {}): Promise<McpSession> {
  session = await openMcp({ machine: setting.machine, ...options });
  return session;
}

const allowAll = ["--allow", "write", "--allow", "destroy"];
const keysMade = () => registry.control.requests().counts["POST /api/keys"] ?? 0;

describe.each(bothKinds)("the tools, on %s", (kind) => {
  beforeAll(async () => {
    registry = await startRegistry(kind);
  });
  afterAll(() => registry.close());
  beforeEach(async () => {
    setting = await createSetting(registry);
    await signIn(setting);
    registry.control.clearRequests();
  });
  afterEach(async () => {
    await session?.close();
    session = undefined;
    registry.control.clearFaults();
    setting.machine.remove();
  });

  /** The secrets that the person gave the program, for writing. */
  const secrets = () =>
    setting.isClassic
      ? { HEXUSER_LOCAL_PASSWORD: localPassword, HEXUSER_ACCOUNT_PASSWORD: setting.account.password }
      : { HEX_OTP: setting.account.otp() };

  it.each(revisions)("read, make a key, list it and revoke it, and show no secret (%s)", async (revision) => {
    const { call, traffic } = await open({ args: allowAll, env: secrets(), revision });
    const who = await call("whoami", { describeCredential: true });
    expect(who.structuredContent).toMatchObject({ username: setting.account.username, owner: "user" });
    const saveTo = join(setting.machine.home, "ci key");
    const made = await call("key_generate", { keyName: "ci", permissions: ["api:read"], saveTo });
    expect(made.structuredContent).toEqual({
      name: "ci",
      permissions: ["api:read"],
      expiresAt: null,
      registry: registry.apiUrl,
      savedTo: saveTo,
    });
    const secret = readFileSync(saveTo, "utf8").trim();
    expect(statSync(saveTo).mode & 0o777).toBe(0o600);
    expect(
      (await runHexuser(["whoami"], { machine: setting.machine, env: { HEX_API_KEY: secret } })).code,
    ).toBe(0);
    expect(JSON.stringify((await call("key_list")).structuredContent)).toContain('"name":"ci"');
    expect((await call("key_revoke", { name: "ci" })).structuredContent).toMatchObject({ revoked: ["ci"] });
    for (const hidden of [secret, ...Object.values(secrets())]) expect(traffic()).not.toContain(hidden);
    expect(session?.stderr()).toBe("");
  });

  it("store a key in a backend, for a profile without credentials", async () => {
    const { call, traffic } = await open({ args: allowAll, env: secrets() });
    const place = { saveTo: "backend:file", profile: "ci" };
    const made = await call("key_generate", { keyName: "kept", ...place });
    expect(made.isError, textOf(made)).toBeUndefined();
    const { code, stdout } = await runHexuser(["whoami", "--profile", "ci"], { machine: setting.machine });
    expect([code, stdout]).toEqual([0, `${setting.account.username}\n`]);
    const config = readFileSync(join(setting.machine.home, ".config/hexuser/profiles/ci/hex.config"), "utf8");
    const [, secret = "none"] = /api_key,<<"([^"]+)">>/.exec(config) ?? [];
    expect(secret).toMatch(/^[0-9a-f]{20,}$/);
    expect(traffic()).not.toContain(secret);
    registry.control.clearRequests();
    expect(failureOf(await call("key_generate", place))).toMatchObject({ code: "storage_write_failed" });
    expect(keysMade()).toBe(0);
  });

  it("tell the person what is missing, but never ask the model", async () => {
    const { call, client } = await open({
      args: allowAll,
      capabilities: { elicitation: { form: {}, url: {} } },
    });
    const result = await call("key_generate", { saveTo: join(setting.machine.home, "key") });
    expect(failureOf(result).code).toBe("authentication_required");
    expect(textOf(result)).toContain("--secrets-from");
    expect(textOf(result)).toContain("never in this conversation");
    const given = await call("key_generate", { saveTo: join(setting.machine.home, "key"), otp: "123456" });
    expect(failureOf(given).code).toBe("invalid_input");
    const { tools } = await client.listTools();
    const fields = tools.flatMap(({ inputSchema }) => Object.keys(inputSchema.properties ?? {}));
    for (const answer of answerNames()) expect(fields).not.toContain(answer);
  });
});

describe("the tools", () => {
  beforeAll(async () => {
    registry = await startRegistry("current-basic-off");
  });
  afterAll(() => registry.close());
  beforeEach(async () => {
    setting = await createSetting(registry);
    await signIn(setting);
    registry.control.clearRequests();
  });
  afterEach(async () => {
    await session?.close();
    session = undefined;
    registry.control.clearFaults();
    setting.machine.remove();
  });

  it.each([
    [[], ["read"], ["whoami", "key_list", "audit_log"]],
    [["--allow", "destroy"], ["read", "destroy"], ["key_revoke"]],
    [
      ["--allow", "write"],
      ["read", "write"],
      ["register", "auth", "key_generate", "organization_auth"],
    ],
  ] as const)("are those that are allowed: %j", async (args, effects, some) => {
    const { client, call } = await open({ args });
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toEqual(
      operations
        .filter(({ effect }) => effects.some((one) => one === effect))
        .map(({ id }) => id.replaceAll(".", "_")),
    );
    expect(names).toEqual(expect.arrayContaining([...some]));
    for (const { name, annotations } of tools) {
      expect(annotations?.destructiveHint).toBe(/_(revoke|prune|rotate)$/.test(name));
      expect(annotations?.readOnlyHint).toBe(/^whoami$|_(list|show|log)$/.test(name));
    }
    expect(JSON.stringify(tools.map(({ outputSchema }) => outputSchema))).not.toContain('"secret"');
    const others = ["key_revoke", "key_generate"].filter(
      (name) => !(names as readonly string[]).includes(name),
    );
    for (const name of [...others, "key.revoke", "__proto__", "constructor"]) {
      await expect(call(name, { name: "ci" })).rejects.toThrow(/not found|disabled/);
    }
    expect(registry.control.requests().requests).toEqual([]);
  });

  it("refuse a place before they create a key", async () => {
    const { home } = setting.machine;
    const { call } = await open({ args: allowAll, env: { HEX_OTP: setting.account.otp() } });
    writeFileSync(join(home, "there"), "mine");
    symlinkSync(join(home, "elsewhere"), join(home, "link"));
    const places = [
      { saveTo: join(home, "there") },
      { saveTo: join(home, "link") },
      { saveTo: join(home, "nowhere", "key") },
      { saveTo: join(home, "there", "key") },
      { saveTo: home },
      { saveTo: `${home}/` },
      { saveTo: "key" },
      { saveTo: "~/key" },
      { saveTo: `${home}/a\0b` },
      { saveTo: "" },
      {},
      { saveTo: join(home, "key"), profile: "ci" },
      { saveTo: "backend:file" },
      { saveTo: "backend:env", profile: "ci" },
      { saveTo: "backend:none", profile: "ci" },
      { saveTo: "backend:file", profile: "../ci" },
      { saveTo: "backend:keychain", profile: "../ci" },
      { saveTo: "backend:helper:absent", profile: "ci" },
      { saveTo: "backend:file", profile: "default" },
    ];
    for (const place of places) {
      const result = await call("key_generate", place);
      expect(failureOf(result).code, JSON.stringify(place)).toMatch(
        /^(invalid_input|storage_write_failed|storage_unavailable)$/,
      );
    }
    expect(keysMade()).toBe(0);
    expect(readFileSync(join(home, "there"), "utf8")).toBe("mine");
  });

  it("leave no file if the registry creates no key", async () => {
    const { call } = await open({ args: allowAll, env: { HEX_OTP: "000000" } });
    const saveTo = join(setting.machine.home, "key");
    expect(failureOf(await call("key_generate", { saveTo })).code).toBe("authentication_refused");
    expect(() => statSync(saveTo)).toThrow("ENOENT");
  });

  it.each([
    [true, "was revoked again"],
    [false, "is still good at the registry"],
  ])("revoke a key that can't be kept, or say that it is there (%s)", async (isThere, said) => {
    const { username } = setting.account;
    if (isThere) registry.control.createKey({ username, name: "odd", permissions: [{ domain: "api" }] });
    const body = {
      name: "odd",
      secret: "$(canary-command)",
      permissions: [{ domain: "api", resource: "write" }],
      revoke_at: null,
      inserted_at: "2026-01-01T00:00:00Z",
      updated_at: "2026-01-01T00:00:00Z",
      authing_key: false,
    };
    registry.control.addFault({ method: "POST", path: "/api/keys", status: 201, body });
    const { call, traffic } = await open({ args: allowAll, env: { HEX_OTP: setting.account.otp() } });
    const saveTo = join(setting.machine.home, "key");
    const result = await call("key_generate", { keyName: "odd", saveTo });
    expect(failureOf(result).message).toContain(said);
    expect(traffic()).not.toContain("canary-command");
    expect(() => statSync(saveTo)).toThrow("ENOENT");
  });

  it("read the file of --secrets-from again for each call", async () => {
    const { home } = setting.machine;
    const file = join(home, "answers.json");
    writeFileSync(file, "{}", { mode: 0o600 });
    const { call, traffic } = await open({ args: [...allowAll, "--secrets-from", file] });
    const place = { keyName: "later", saveTo: join(home, "key") };
    expect(failureOf(await call("key_generate", place)).code).toBe("authentication_required");
    const otp = setting.account.otp();
    writeFileSync(file, JSON.stringify({ otp }));
    const made = await call("key_generate", place);
    expect(made.isError, textOf(made)).toBeUndefined();
    expect(traffic()).not.toContain(otp);
    writeFileSync(file, '{"otp": "canary');
    const broken = await call("key_generate", { ...place, saveTo: join(home, "other") });
    expect(failureOf(broken).code).toBe("invalid_input");
    expect(traffic()).not.toContain("canary");
  });

  it("return text from the registry as data: escaped, shortened, and without secrets", async () => {
    const otp = setting.account.otp();
    const { call, traffic } = await open({ args: allowAll, env: { HEX_OTP: otp } });
    const message = `\u001b[2J\u202egone ${otp} ${"x".repeat(50_000)}`;
    registry.control.addFault({
      method: "POST",
      path: "/api/keys",
      status: 422,
      body: { status: 422, message },
    });
    const result = await call("key_generate", { saveTo: join(setting.machine.home, "key") });
    expect(result.isError).toBe(true);
    expect(textOf(result).length).toBeLessThan(20_000);
    expect(textOf(result)).not.toMatch(/[\u001b\u202e]/);
    expect(traffic()).not.toContain(otp);
  });
});
