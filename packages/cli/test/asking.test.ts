import { type Failure, hint, nearest } from "@hexuser/core";
import {
  keyGenerate,
  keyRevoke,
  organizationAuth,
  register,
  resetPasswordAccount,
} from "@hexuser/core/operations";
import { describe, expect, it } from "vitest";
import { incompleteCommand, usageFailure } from "../src/argv/usage-failure.ts";
import { nameSwitches } from "../src/ask/need-switch.ts";
import { auth } from "../src/operations/auth.ts";

const lacking = (needs: Failure["needs"]): Failure => ({
  code: "authentication_required",
  message: "Something is missing.",
  needs,
});

describe("the hint of a failure", () => {
  it.each([
    ["otp", "the two-factor code with --otp or HEX_OTP"],
    ["accountPassword", "the account password with --password-stdin"],
    ["localPasswords", "the local passwords, one a line, with --local-password-stdin"],
    ["localPassword", "the local password with --local-password-stdin"],
    ["newLocalPassword", "the new local password with --local-password-stdin"],
    ["adoptCredentials", "--adopt-credentials if the credentials belong to this registry"],
  ] as const)("says how to give %s", (answer, expected) => {
    const { hint } = nameSwitches(lacking([{ answer, because: "missing" }]), keyRevoke);
    expect(hint).toEqual([`give ${expected}.`]);
  });

  it.each([
    [auth, "--with-key"],
    [organizationAuth, "--key-stdin"],
  ])("says how to give the key to $id", (operation, flag) => {
    const { hint } = nameSwitches(lacking([{ answer: "key", because: "missing" }]), operation);
    expect(hint).toEqual([`give the key with ${flag}, on standard input.`]);
  });

  it("names fields of the input by their flags, and arguments as the help does", () => {
    const needs: Failure["needs"] = [{ input: "username", because: "missing" }];
    expect(nameSwitches(lacking(needs), register).hint).toEqual(["give --username."]);
    const account: Failure["needs"] = [{ input: "account", because: "missing" }];
    expect(nameSwitches(lacking(account), resetPasswordAccount).hint).toEqual([
      "give the username or email, as in `hexuser reset_password account ada`.",
    ]);
  });

  it("doesn't repeat itself, and names no flags after the person was asked", () => {
    const failure = {
      ...lacking([{ answer: "otp", because: "missing" }]),
      hint: hint`give it with ${{ answer: "otp" }}.`,
    };
    expect(nameSwitches(failure, keyRevoke).hint).toEqual(failure.hint);
    expect(nameSwitches(lacking(failure.needs), keyRevoke, { wasAsked: true }).hint).toBeUndefined();
  });

  it("and the message name a field by its flag", () => {
    const issues = [{ path: ["permissions", "0"], message: "must be api" }];
    const failure: Failure = { code: "invalid_input", message: "x", details: { issues } };
    expect(nameSwitches(failure, keyGenerate)).toMatchObject({
      message: "--permission must be api.",
      hint: ["see `hexuser key generate --help`."],
    });
  });
});

describe("wrong usage", () => {
  it("suggests a similar word", () => {
    expect(nearest("whomai", ["whoami", "auth"])).toBe("whoami");
    expect(nearest("--password", ["--password-stdin", "--profile"])).toBe("--password-stdin");
    expect(nearest("zzz", ["whoami", "auth"])).toBeUndefined();
    expect(nearest("--", ["--json"])).toBeUndefined();
  });

  it.each([
    ["--pw=hunter2", "--pw"],
    ["--pw:hunter2", "--pw"],
    ["-phunter2", "-p"],
  ])("doesn't repeat the value of a flag: %s", (typed, flag) => {
    const thrown = Object.assign(new Error(`Nonexistent flag: ${typed}`), { flags: [typed] });
    expect(usageFailure(thrown, "auth", []).message).toBe(`There is no flag ${flag} for \`hexuser auth\`.`);
    expect(incompleteCommand("key", [typed]).message).toBe(`There is no flag ${flag} for \`hexuser key\`.`);
  });
});
