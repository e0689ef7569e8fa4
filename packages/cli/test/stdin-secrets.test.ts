import { keyGenerate, register, resetPasswordLocal, whoami } from "@hexuser/core/operations";
import { describe, expect, it } from "vitest";
import { readSecrets, type SecretSwitches } from "../src/ask/stdin-secrets.ts";
import { auth } from "../src/operations/auth.ts";

const none: SecretSwitches = { withKey: false, passwordStdin: false, localPasswordStdin: false };
const both = { ...none, passwordStdin: true, localPasswordStdin: true };

async function* chunks(...texts: readonly string[]) {
  for (const text of texts) yield Buffer.from(text);
}

async function* open(text: string) {
  yield Buffer.from(text);
  await new Promise(() => {});
}

describe("secrets on standard input", () => {
  it("come one per line, in the documented order", async () => {
    expect(await readSecrets(keyGenerate, both, chunks("account\nlocal\n"))).toEqual({
      accountPassword: "account",
      localPassword: "local",
    });
    expect(
      await readSecrets(resetPasswordLocal, { ...none, localPasswordStdin: true }, chunks("now\nnew\n")),
    ).toEqual({ localPassword: "now", newLocalPassword: "new" });
  });

  it("of a move are all the lines", async () => {
    const move = {
      stdin: { rest: "localPasswords" },
      answers: ["localPassword", "localPasswords", "newLocalPassword"],
    } as const;
    const given = (text: string) => readSecrets(move, { ...none, localPasswordStdin: true }, chunks(text));
    expect(await given("password one\n two \r\n")).toEqual({
      localPasswords: ["password one", " two "],
      localPassword: "password one",
      newLocalPassword: "password one",
    });
    // A password that is too short for a new one can only be an old one.
    expect(await given("short\n")).toEqual({ localPasswords: ["short"], localPassword: "short" });
    for (const text of ["", "\n", "one\n\ntwo\n"]) {
      await expect(given(text)).rejects.toMatchObject({ failure: { code: "invalid_input" } });
    }
  });

  it("may end with CRLF, without a line end, and in the middle of a chunk", async () => {
    const source = chunks("  acc", "ount \r\nloc", "al");
    expect(await readSecrets(keyGenerate, both, source)).toEqual({
      accountPassword: "  account ",
      localPassword: "local",
    });
  });

  it("of a sign-in include the old local password only if there is a line for it", async () => {
    expect(await readSecrets(auth, both, chunks("account\nnew\n"))).toEqual({
      accountPassword: "account",
      newLocalPassword: "new",
    });
    expect(await readSecrets(auth, both, chunks("account\nnow\nnew\n"))).toEqual({
      accountPassword: "account",
      localPassword: "now",
      newLocalPassword: "new",
    });
  });

  it("are read only as far as needed, even if the pipe stays open", async () => {
    const switches = { ...none, passwordStdin: true };
    expect(await readSecrets(register, switches, open("account\nmore\n"))).toEqual({
      accountPassword: "account",
    });
    expect(await readSecrets(whoami, switches, open(""))).toEqual({});
    expect(await readSecrets(auth, { ...none, withKey: true }, chunks("k\n"))).toEqual({ key: "k" });
  });

  it.each([
    ["nothing", ""],
    ["one line of two", "account\n"],
    ["an empty line", "\nlocal\n"],
  ])("fail with the documented order if there is %s", async (_, text) => {
    await expect(readSecrets(keyGenerate, both, chunks(text))).rejects.toMatchObject({
      failure: {
        code: "invalid_input",
        hint: ["give one secret a line: the account password, then the local password."],
      },
    });
  });

  it("include no new local password if the method makes no keys", async () => {
    const switches = { ...none, withKey: true, localPasswordStdin: true, makesNoKeys: true };
    expect(await readSecrets(auth, switches, chunks("k\nlocal\n"))).toEqual({
      key: "k",
      localPassword: "local",
    });
    await expect(readSecrets(auth, switches, chunks("k\n"))).rejects.toMatchObject({
      failure: { message: "Standard input does not hold the local password (line 2)." },
    });
  });

  it("are limited in size", async () => {
    const source = chunks(...Array.from({ length: 70 }, () => "x".repeat(1024)));
    await expect(readSecrets(register, { ...none, passwordStdin: true }, source)).rejects.toMatchObject({
      failure: { code: "invalid_input" },
    });
  });

  it("aren't awaited any more when the person interrupts", async () => {
    const controller = new AbortController();
    const reading = readSecrets(register, { ...none, passwordStdin: true }, open(""), controller.signal);
    controller.abort();
    await expect(reading).rejects.toMatchObject({ failure: { code: "interrupted" } });
  });
});
