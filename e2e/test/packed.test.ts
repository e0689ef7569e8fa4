import { readdirSync } from "node:fs";
import {
  type SecretService,
  secretServiceCommands,
  startSecretService,
} from "@hexuser/credentials/test/keychain/secret-service";
import { describeWith } from "@hexuser/credentials/test/requirements";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "vitest";
import { type DownloadedProgram, downloadProgram, packedBinary } from "../packed/packed-program.ts";
import { bothKinds, startRegistry, type TestRegistry } from "../registry.ts";
import { itWith } from "../requirements.ts";
import { type Ended, runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting } from "../setting.ts";
import { openTerminal } from "../terminal.ts";

let program: DownloadedProgram;
beforeAll(() => {
  if (packedBinary.met) program = downloadProgram();
});
afterAll(() => program?.remove());

const itPacked = itWith(packedBinary);

/** The PATH contains neither Node nor anything else. */
const bare = { PATH: "/nowhere" };

type Variables = Readonly<Record<string, string>>;

describe.each(bothKinds)("the packed binary, at a registry like %s", (kind) => {
  let registry: TestRegistry;
  let setting: Setting;
  let secret: string;
  beforeAll(async () => {
    registry = await startRegistry(kind);
  });
  afterAll(() => registry.close());
  beforeEach(async () => {
    setting = await createSetting(registry);
    const { username } = setting.account;
    secret = (await registry.control.createKey({ username, name: "some-key" })).secret;
  });
  afterEach(() => setting.machine.remove());

  const run = (args: readonly string[], env: Variables = {}, stdin = ""): Promise<Ended> =>
    runHexuser(args, { machine: setting.machine, program: program.path, env: { ...bare, ...env }, stdin });

  itPacked("signs in, tells who it is, and signs out", async () => {
    expect(await run(["auth", "--with-key"], {}, `${secret}\n`)).toMatchObject({ code: 0, stdout: "" });
    expect(await run(["whoami"])).toEqual({
      code: 0,
      signal: null,
      stdout: `${setting.account.username}\n`,
      stderr: "",
    });
    expect(await run(["deauth"])).toMatchObject({ code: 0 });
    expect(await run(["whoami", "--no-input"])).toMatchObject({ code: 4, stdout: "" });
  });

  itPacked("serves a model, whose library is loaded for that alone", async () => {
    const messages = [
      {
        id: 1,
        method: "initialize",
        params: {
          protocolVersion: "2025-11-25",
          capabilities: {},
          clientInfo: { name: "test", version: "1" },
        },
      },
      { method: "notifications/initialized" },
      { id: 2, method: "tools/call", params: { name: "whoami" } },
    ];
    const stdin = messages.map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`).join("");
    const { code, stdout, stderr } = await run(["mcp"], { HEX_API_KEY: secret }, stdin);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`"username":"${setting.account.username}"`);
  });

  itPacked("has another exit code for a wrong option, and says what to do", async () => {
    const { code, stderr } = await run(["whoami", "--wrong"]);
    expect(code).toBe(2);
    expect(stderr).toContain("To fix:");
  });

  itPacked("asks on a terminal", async () => {
    const terminal = openTerminal(["whoami"], {
      machine: { ...setting.machine, env: { ...setting.machine.env, ...bare } },
      program: program.path,
    });
    await terminal.expect(/Do you want to authenticate now/);
    terminal.type("\x03");
    expect((await terminal.exit()).code).toBe(130);
  });

  for (const env of [
    { NODE_OPTIONS: "--require /nowhere/code.js" },
    { NODE_OPTIONS: "--no-such-option" },
    { NODE_DEBUG: "http,net,module" },
    { NODE_EXTRA_CA_CERTS: "/nowhere/certificates.pem" },
    { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    { OPENSSL_CONF: "/nowhere/openssl.cnf" },
    { DEBUG: "*" },
  ] as readonly Variables[]) {
    itPacked(`ignores ${JSON.stringify(env)}`, async () => {
      expect(await run(["whoami"], { ...env, HEX_API_KEY: secret })).toEqual({
        code: 0,
        signal: null,
        stdout: `${setting.account.username}\n`,
        stderr: "",
      });
      expect(await run(["whoami", "--wrong"], env)).toMatchObject({ code: 2 });
    });
  }
});

describeWith(...secretServiceCommands)("the packed binary and the keychain", () => {
  let service: SecretService;
  let registry: TestRegistry;
  beforeAll(async () => {
    service = await startSecretService();
    registry = await startRegistry("current-basic-off");
  });
  afterAll(async () => {
    await registry.close();
    await service.stop();
  });

  itPacked("keeps a key there, and leaves nothing behind from loading the library", async () => {
    const { account, machine } = await createSetting(registry);
    const { secret } = await registry.control.createKey({ username: account.username, name: "some-key" });
    const env = { ...service.env, ...bare, HEXUSER_BACKEND: "keychain" };
    const runtime = service.env.XDG_RUNTIME_DIR ?? "";
    const before = readdirSync(runtime);
    const run = (args: readonly string[], stdin = "") =>
      runHexuser(args, { machine, program: program.path, env, stdin });
    expect(await run(["auth", "--with-key"], `${secret}\n`)).toMatchObject({ code: 0 });
    expect(await run(["whoami"])).toMatchObject({ code: 0, stdout: `${account.username}\n` });
    expect(await service.items()).toContain("hexuser");
    expect(readdirSync(runtime)).toEqual(before);
    machine.remove();
  });
});
