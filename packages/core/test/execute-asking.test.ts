import { describe, expect, it } from "vitest";
import {
  type AnyOperation,
  type Asker,
  type CallState,
  executeAsking,
  type Failure,
  give,
  hint,
  type Inquiry,
  type Need,
  type Outcome,
} from "../src/index.ts";
import { keyRevoke } from "../src/operations/key-revoke.ts";
import { register } from "../src/operations/register.ts";

const failing = (parts: Partial<Failure>): Outcome => ({
  ok: false,
  failure: { code: "authentication_required", message: "Something is missing.", ...parts },
});
const lacking = (...needs: Need[]) => failing({ needs });
const done: Outcome = { ok: true, output: {} };
const missingCode: Need = { answer: "otp", because: "missing" };
const wrongCode: Need = { answer: "otp", because: "wrong" };

/** Executes a call with these outcomes in turn, and a person who gives the same answer to every question. */
async function play(
  outcomes: Outcome[],
  { asker, call = { input: {}, answers: {} }, operation = keyRevoke }: Partial<Played> = {},
) {
  const asked: Inquiry[] = [];
  const present: Asker = {
    async ask(inquiry) {
      asked.push(inquiry);
      for (const need of inquiry.needs) give(call, need, "123456");
      return true;
    },
    ...asker,
  };
  const executeNow = async () => outcomes.shift() ?? done;
  const outcome = await executeAsking(operation, call, executeNow, asker === null ? undefined : present);
  return { outcome, asked, call, left: outcomes.length };
}

interface Played {
  /** `null`: nobody can be asked. */
  readonly asker: Partial<Asker> | null;
  readonly call: CallState;
  readonly operation: AnyOperation;
}

describe("a call, if nobody can be asked,", () => {
  it("declines an optional answer, once", async () => {
    const optional = lacking({ answer: "localPassword", because: "missing", optional: true });
    const { outcome, call } = await play([optional, optional], { asker: null });
    expect([outcome, call.answers]).toEqual([optional, { localPassword: null }]);
  });

  it.each([
    ["an answer is missing", lacking(missingCode)],
    ["an answer is wrong", lacking(wrongCode)],
    ["a field of the input is missing", lacking({ input: "name", because: "missing" })],
    ["nothing can be given", failing({})],
    ["it may work later", failing({ code: "network_timeout" })],
  ])("ends with its failure if %s", async (_, failure) => {
    expect((await play([failure], { asker: null })).outcome).toBe(failure);
  });
});

describe("a call of a person", () => {
  it("asks for missing values, and is executed again", async () => {
    const { outcome, asked, call } = await play([lacking(missingCode)]);
    expect([outcome, call.answers]).toEqual([done, { otp: "123456" }]);
    expect(asked).toMatchObject([{ needs: [missingCode], remarks: [], isRefusal: false }]);
  });

  it("asks three times for an answer, including the one that came with the call", async () => {
    const never = () => Array.from({ length: 9 }, () => lacking(wrongCode));
    expect((await play([lacking(missingCode), ...never()])).asked).toHaveLength(3);
    const given = { input: {}, answers: { otp: "000000" } };
    expect((await play(never(), { call: given })).asked).toHaveLength(2);
  });

  it("says why an answer was refused, and what to do", async () => {
    const refused = failing({ needs: [wrongCode], message: "It is wrong.", hint: hint`look again.` });
    const { asked } = await play([refused]);
    expect(asked).toMatchObject([{ remarks: ["It is wrong."], hint: hint`look again.`, isRefusal: true }]);
  });

  it("doesn't ask for an answer that the operation doesn't take", async () => {
    const failure = lacking({ answer: "key", because: "wrong" });
    expect((await play([failure])).outcome).toBe(failure);
  });

  it("ends if the person doesn't answer", async () => {
    const failure = lacking(missingCode);
    expect((await play([failure], { asker: { ask: async () => false } })).outcome).toBe(failure);
  });

  it("is repeated as often as the person wants after a temporary failure", async () => {
    const later = failing({ code: "network_timeout" });
    let wishes = 2;
    const repeat = async () => wishes-- > 0;
    expect(await play([later, later, later, done], { asker: { repeat } })).toMatchObject({
      outcome: later,
      left: 1,
    });
  });
});

describe("a sign-in", () => {
  const signedOut = failing({ details: { reason: "not_signed_in" } });

  it("is offered once, and the call continues afterwards", async () => {
    const asker = { signIn: async () => done };
    expect((await play([signedOut], { asker })).outcome).toBe(done);
    expect((await play([signedOut, signedOut], { asker })).outcome).toBe(signedOut);
  });

  it("ends the call if the person declines, or if it fails", async () => {
    const failed = failing({ code: "authentication_refused" });
    expect((await play([signedOut], { asker: { signIn: async () => undefined } })).outcome).toBe(signedOut);
    expect((await play([signedOut], { asker: { signIn: async () => failed } })).outcome).toBe(failed);
  });
});

describe("refused values", () => {
  const call = () => ({ input: { username: "ada", email: "a@b.c" }, answers: { accountPassword: "short" } });
  const refused = (...issues: NonNullable<Failure["details"]>["issues"] & object) =>
    failing({ code: "validation_failed", details: { issues } });

  it.each([
    [["username"], { input: "username", because: "wrong" }, "The username is odd."],
    [["emails", "email"], { input: "email", because: "wrong" }, "The email is odd."],
    [["password"], { answer: "accountPassword", because: "wrong" }, "The account password is odd."],
  ])("at %j lead to their question", async (path, need, remark) => {
    const { asked } = await play([refused({ path, message: "is odd" })], {
      call: call(),
      operation: register,
    });
    expect(asked).toMatchObject([{ needs: [need], remarks: [remark], isRefusal: true }]);
  });

  it("are reported all at once, and can be corrected any number of times", async () => {
    const both = () =>
      refused(
        { path: ["username"], message: "is taken" },
        { path: ["emails", "email"], message: "is taken" },
      );
    const outcomes = Array.from({ length: 5 }, both);
    const { asked, outcome } = await play(outcomes, { call: call(), operation: register });
    expect(outcome).toBe(done);
    expect(asked).toHaveLength(5);
    expect(asked[0]?.remarks).toEqual(["The username is taken.", "The email is taken."]);
  });

  it("end the call if no question leads to them", async () => {
    const failure = refused({ path: ["captcha"], message: "no" });
    expect((await play([failure], { call: call(), operation: register })).outcome).toBe(failure);
    const other = failing({
      code: "registry_unavailable",
      details: { issues: [{ path: ["username"], message: "no" }] },
    });
    expect((await play([other], { call: call(), operation: register })).outcome).toBe(other);
  });
});
