import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  failureOf,
  type McpOptions,
  type McpSession,
  openMcp,
  revisions,
  textOf,
} from "../mcp/mcp-session.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting, signIn, writeConfig } from "../setting.ts";

let registry: TestRegistry;
let setting: Setting;
let session: McpSession | undefined;

beforeAll(async () => {
  registry = await startRegistry("current-basic-off");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
  registry.control.clearRequests();
});
afterEach(async () => {
  await session?.close();
  session = undefined;
  registry.control.clearFaults();
  setting.machine.remove();
});

const allowAll = ["--allow", "write", "--allow", "destroy"];

async function open(options: Omit<McpOptions, "machine"> = {}): Promise<McpSession> {
  session = await openMcp({ machine: setting.machine, args: allowAll, ...options });
  return session;
}

const count = (request: string) => registry.control.requests().counts[request] ?? 0;
/** Milliseconds. */
const patient = { timeout: 20_000 };
const form = { elicitation: { form: {} } };
const page = { elicitation: { url: {} } };

/** Approves the code in a text, as the person would in a browser. */
function approve(text: string): void {
  const [code = ""] = /\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/.exec(text) ?? [];
  registry.control.approveDevice(code.replace("-", ""), { username: setting.account.username });
}

describe.each(revisions)("the person, with a client of %s", (revision) => {
  it("signs in on a page that the client shows, and the model sees neither page nor code", async () => {
    const shown: string[] = [];
    const { call } = await open({
      revision,
      capabilities: page,
      onElicit: (params) => {
        shown.push(JSON.stringify(params));
        approve(params.message);
        return { action: "accept" };
      },
    });
    const result = await call("auth");
    expect(result.structuredContent, textOf(result)).toMatchObject({ method: "device" });
    expect(shown).toHaveLength(1);
    expect(shown[0]).toContain('"mode":"url"');
    expect(textOf(result)).not.toMatch(/\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/);
    const who = await call("whoami");
    expect(who.structuredContent).toMatchObject({ username: setting.account.username });
  });

  it("can decline to sign in", async () => {
    const { call } = await open({ revision, capabilities: page, onElicit: () => ({ action: "decline" }) });
    expect(failureOf(await call("auth")).code).toBe("authentication_refused");
    expect(failureOf(await call("whoami")).code).toBe("authentication_required");
  });

  it("sees the code in the progress of the call if the client shows no pages", async () => {
    const { client } = await open({ revision });
    const told: string[] = [];
    const onprogress = ({ message = "" }: { message?: string | undefined }) => {
      told.push(message);
      if (message.includes("To sign in")) approve(message);
    };
    const result = await client.callTool({ name: "auth", arguments: {} }, { onprogress });
    expect(result.structuredContent).toMatchObject({ method: "device" });
    expect(told[0]).toMatch(/^To sign in, open http\S+ in a browser/);
  });

  it("is told to use a terminal before anything begins if the client can show nothing", async () => {
    const { call } = await open({ revision });
    for (const args of [{ method: "device" }, {}]) {
      const failure = failureOf(await call("auth", args));
      expect(failure.code).toMatch(/^authentication_re/);
      expect(failure.hint).toContain("hexuser auth");
    }
    expect(count("POST /api/oauth/device_authorization")).toBe(0);
  });

  it("accepts or declines the terms of a new account", async () => {
    const asked: string[] = [];
    let accepts = false;
    const { call, traffic } = await open({
      revision,
      capabilities: form,
      env: { HEXUSER_ACCOUNT_PASSWORD: "canary-password" },
      onElicit: ({ message }) => {
        asked.push(message);
        return { action: "accept", content: { acceptTerms: accepts } };
      },
    });
    const args = { username: `new${revision.slice(0, 4)}`, email: `new${revision.slice(0, 4)}@example.org` };
    expect(failureOf(await call("register", args)).code).toBe("confirmation_required");
    expect(failureOf(await call("register", { ...args, acceptTerms: true })).code).toBe("invalid_input");
    expect(count("POST /api/users")).toBe(0);
    accepts = true;
    const made = await call("register", args);
    expect(made.structuredContent, textOf(made)).toMatchObject({ username: args.username });
    expect(asked).toHaveLength(2);
    expect(asked[0]).toContain(args.email);
    expect(asked[0]).toContain("policies/termsofservice");
    expect(traffic()).not.toContain("canary-password");
  });

  it("types the account's name before hexuser revokes all keys", async () => {
    await signIn(setting);
    const { username } = setting.account;
    registry.control.createKey({ username, name: "one", permissions: [{ domain: "api" }] });
    let typed = "somebody";
    const { call } = await open({
      revision,
      capabilities: form,
      env: { HEX_OTP: setting.account.otp() },
      onElicit: () => ({ action: "accept", content: { accountName: typed } }),
    });
    expect(failureOf(await call("key_revoke", { all: true })).code).toBe("confirmation_required");
    typed = username;
    expect((await call("key_revoke", { all: true })).structuredContent).toMatchObject({ revoked: ["one"] });
  });

  it("confirms credentials that name no registry", async () => {
    await signIn(setting);
    // A program wrote them without a registry, so they may belong to another one.
    const config = readFileSync(setting.machine.configPath, "utf8");
    writeConfig(setting.machine, config.replace(/\{api_url.*\n/, ""));
    let isOurs = false;
    const { call } = await open({
      revision,
      capabilities: form,
      onElicit: () => ({ action: "accept", content: { adoptCredentials: isOurs } }),
    });
    expect(failureOf(await call("whoami")).code).toBe("authentication_required");
    isOurs = true;
    expect((await call("whoami")).structuredContent).toMatchObject({ username: setting.account.username });
  });

  it("learns the command to run if the client can't ask", async () => {
    await signIn(setting);
    const { call } = await open({ revision, env: { HEX_OTP: setting.account.otp() } });
    const register = failureOf(await call("register", { username: "x y", email: "x@example.org" }));
    expect(register.code).toBe("confirmation_required");
    expect(register.hint).toContain("hexuser register --username 'x y' --email x@example.org");
    const revoke = failureOf(await call("key_revoke", { all: true }));
    expect(revoke.hint).toContain("hexuser key revoke --all");
    expect(count("DELETE /api/keys")).toBe(0);
  });
});

describe("a call", () => {
  it("can be cancelled while the others continue", async () => {
    await signIn(setting);
    registry.control.addFault({ path: "/api/keys", delayMs: 20_000 });
    const { call, client } = await open();
    const cancel = new AbortController();
    const slow = client.callTool({ name: "key_list", arguments: {} }, { signal: cancel.signal });
    await expect.poll(() => registry.control.faults(), patient).toEqual([]);
    cancel.abort();
    await expect(slow).rejects.toThrow();
    expect((await call("whoami")).structuredContent).toMatchObject({ username: setting.account.username });
  });

  it("that waits for a person ends with the input and stores no session", async () => {
    const opened = await open();
    const waiting = opened.client.callTool({ name: "auth", arguments: {} }, { onprogress: () => {} });
    await expect.poll(() => opened.traffic(), patient).toContain("To sign in");
    await Promise.all([expect(waiting).resolves.toMatchObject({ isError: true }), opened.close()]);
    expect(await opened.ended).toEqual({ code: 0, signal: null });
    expect((await runHexuser(["whoami"], { machine: setting.machine })).code).toBe(4);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends with the process on %s", async (signal) => {
    const opened = await open();
    const waiting = opened.client.callTool({ name: "auth", arguments: {} }, { onprogress: () => {} });
    waiting.catch(() => {});
    await expect.poll(() => opened.traffic(), patient).toContain("To sign in");
    opened.kill(signal);
    expect(await opened.ended).toEqual({ code: 130, signal: null });
    expect(opened.stderr()).toBe("");
  });
});
