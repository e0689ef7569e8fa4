import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMachine, type Machine } from "../hexuser-environment.ts";
import { startRegistry } from "../registry.ts";
import { type Ended, runHexuser } from "../run-hexuser.ts";
import { createSetting, localPassword, signIn } from "../setting.ts";
import { type Asked, type Said, type StubServer, startStub } from "../stub-registry.ts";
import { openTerminal } from "../terminal.ts";

type Env = Readonly<Record<string, string>>;

let machine: Machine;
let stub: StubServer;
let answer: (asked: Asked) => Said;
beforeEach(async () => {
  machine = createMachine();
  stub = await startStub((asked) => answer(asked));
});
afterEach(async () => {
  machine.remove();
  await stub.close();
});

const refused = (message: string, headers: Env = {}): Said => ({
  status: 401,
  headers,
  json: { status: 401, message },
});
const run = (args: readonly string[], env: Env = {}, stdin = ""): Promise<Ended> =>
  runHexuser(args, { machine, env: { HEX_API_URL: stub.url, ...env }, stdin });

/** Types each text at a terminal when its question appears. Returns the exit code. */
async function type(args: readonly string[], env: Env, replies: readonly (readonly [string, string])[]) {
  const terminal = openTerminal(args, { machine, env: { HEX_API_URL: stub.url, ...env } });
  try {
    for (const [question, keys] of replies) {
      await terminal.expect(question);
      terminal.type(`${keys}\r`);
    }
    const { code } = await terminal.exit();
    return { code, stdout: "", stderr: terminal.transcript() };
  } finally {
    terminal.kill();
  }
}

describe("a two-factor code", () => {
  const session = { HEX_API_KEY: "Bearer abc" };
  const generate = ["key", "generate", "--key-name", "ci"];
  const call = '{"operation": "key.generate", "input": {"keyName": "ci"}}';
  beforeEach(() => {
    answer = ({ headers }) =>
      headers["x-hex-otp"] === undefined
        ? refused("no", { "www-authenticate": 'Bearer realm="hex", error="totp_required"' })
        : headers["x-hex-otp"] === "999999"
          ? refused("no", { "www-authenticate": 'Bearer realm="hex", error="invalid_totp"' })
          : { status: 201, json: { name: "ci", secret: "s", permissions: [{ domain: "api" }] } };
  });

  it.each<[string, string, () => Promise<Pick<Ended, "code">>]>([
    ["the flag", "012345", () => run([...generate, "--otp", "012 345"], session)],
    ["the variable", "000678", () => run(generate, { ...session, HEX_OTP: " 000-678 " })],
    ["the variable of run", "012345", () => run(["run", "-"], { ...session, HEX_OTP: "012 345" }, call)],
    ["the prompt", "001234", () => type(generate, session, [["Two-factor code", "001-234"]])],
    ["a plain prompt", "001234", () => type([...generate, "--accessible"], session, [["code", "001 234"]])],
  ])("may have leading zeros and be typed in groups: %s", async (_, sent, start) => {
    expect(await start()).toMatchObject({ code: 0 });
    expect(stub.asked.map(({ headers }) => headers["x-hex-otp"]).at(-1)).toBe(sent);
  });

  it.each<[string, RegExp, readonly string[], Env]>([
    [
      "a flag that has five digits",
      /--otp\b.* must be six digits/,
      [...generate, "--otp", "12345"],
      { HEX_OTP: "123456" },
    ],
    ["a variable with a letter", /HEX_OTP\b.* must be six digits/, generate, { HEX_OTP: "12345a" }],
    ["a variable of run", /HEX_OTP\b.* must be six digits/, ["run", "-"], { HEX_OTP: "12345a" }],
    ["a flag that the registry refuses", /It came from --otp\./, [...generate, "--otp=999999"], {}],
    ["a variable that the registry refuses", /It came from HEX_OTP\./, generate, { HEX_OTP: "999999" }],
  ])("is reported with its source if it's wrong: %s", async (_, message, args, env) => {
    const { stderr } = await run(args, { ...session, ...env }, call);
    expect(stderr.split("To fix")[0]).toMatch(message);
    expect(stderr).not.toMatch(/12345a|999999/);
  });
});

describe("an account password", () => {
  const typed = " pass  word ";
  const generate = ["key", "generate", "--key-name", "ci", "--username", "ada"];
  const call = '{"operation": "key.generate", "input": {"keyName": "ci", "username": "ada"}}';

  it.each<[string, () => Promise<Pick<Ended, "code" | "stderr">>]>([
    ["piped", () => run([...generate, "--password-stdin"], {}, `${typed}\n`)],
    ["piped, with CRLF", () => run([...generate, "--password-stdin"], {}, `\uFEFF${typed}\r\n`)],
    ["in the environment", () => run(["run", "-"], { HEXUSER_ACCOUNT_PASSWORD: `${typed}\n` }, call)],
    [
      "typed",
      () =>
        type(["auth", "--method", "password"], {}, [
          ["Username", "ada"],
          ["Account password", typed],
          ["try again", typed],
          ["try again", typed],
        ]),
    ],
    [
      "typed in plain lines",
      () =>
        type(["auth", "--method", "password", "--accessible"], {}, [
          ["Username", "ada"],
          ["Account password", typed],
          ["try again", typed],
          ["try again", typed],
        ]),
    ],
  ])("is sent unchanged, and the refusal mentions its spaces: %s", async (_, start) => {
    answer = () => refused("invalid username and password combination");
    const { code, stderr } = await start();
    expect(code).not.toBe(0);
    expect(stderr).toContain("begins or ends with white space");
    const sent = stub.asked.map(({ headers }) => headers.authorization?.replace("Basic ", "") ?? "");
    expect(sent.map((one) => Buffer.from(one, "base64").toString())).toContain(`ada:${typed}`);
  });

  it.each<[string, readonly string[], string]>([
    [
      "for a new account",
      ["register", "--username", "ada", "--email", "a@b.example", "--accept-terms", "--password-stdin"],
      "password \n",
    ],
    [
      "for this machine",
      ["auth", "--method", "password", "--username", "ada", "--password-stdin", "--local-password-stdin"],
      "secret\n open sesame\n",
    ],
  ])("with spaces at its ends can't be chosen: %s", async (_, args, stdin) => {
    const { code, stderr } = await run(args, {}, stdin);
    expect(code).toBe(2);
    expect(stderr).toMatch(/must not begin or end with white space: other Hex clients remove it/);
    expect(stub.asked).toEqual([]);
  });

  it("that encrypts the key is tried unchanged, then without spaces at its ends", async () => {
    const registry = await startRegistry("classic-2021");
    const setting = await createSetting(registry);
    try {
      await signIn(setting);
      const stdin = ` ${localPassword} \nanother sesame\n`;
      const args = ["reset_password", "local", "--local-password-stdin"];
      expect(await runHexuser(args, { machine: setting.machine, stdin })).toMatchObject({ code: 0 });
    } finally {
      setting.machine.remove();
      await registry.close();
    }
  });
});
