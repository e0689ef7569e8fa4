import type { Answers } from "@hexuser/core";
import { describe, expect, it } from "vitest";
import { operations } from "../../src/operations/index.ts";
import type { PlannedCall } from "../../src/run/check-calls.ts";
import { createKeptAnswers } from "../../src/run/kept-answers.ts";

function call(id: string, input: Record<string, unknown> = {}): PlannedCall {
  const operation = operations.find((one) => one.id === id);
  if (operation === undefined) throw new Error(id);
  return { number: 1, operation, input };
}

function create(given: Answers = {}) {
  let now = 0;
  const kept = createKeptAnswers(given, { now: () => now });
  return {
    kept,
    typed: (of: PlannedCall, answers: Answers) => kept.learn({ input: { ...of.input }, answers }, undefined),
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

const wrong = (answer: "otp" | "localPassword") => ({
  code: "authentication_refused" as const,
  message: "",
  needs: [{ answer, because: "wrong" as const }],
});

describe("the answers of a run", () => {
  it("go only to the calls that may need them", () => {
    const { kept } = create({ otp: "123456", localPassword: "open", key: "k" });
    expect(kept.for(call("key.revoke"))).toEqual({ otp: "123456", localPassword: "open" });
    expect(kept.for(call("key.list"))).not.toHaveProperty("key");
  });

  it("are kept for later calls if somebody typed them, and a code for half a minute", () => {
    const { kept, typed, pass } = create();
    typed(call("key.revoke"), { otp: "123456", localPassword: "open" });
    expect(kept.for(call("key.generate"))).toEqual({ otp: "123456", localPassword: "open" });
    pass(31_000);
    expect(kept.for(call("key.generate"))).toEqual({ localPassword: "open" });
  });

  it("are not used again once they were wrong", () => {
    const { kept } = create({ otp: "123456", localPassword: "open" });
    kept.learn({ input: {}, answers: { otp: "123456" } }, wrong("otp"));
    expect(kept.for(call("key.revoke"))).toEqual({ localPassword: "open" });
  });

  it("hold an account password only for its account", () => {
    const { kept, typed } = create();
    typed(call("register", { username: "ada" }), { accountPassword: "correct horse" });
    expect(kept.for(call("auth", { username: "bob" }))).toEqual({});
    expect(kept.for(call("auth", { username: "ada" }))).toEqual({ accountPassword: "correct horse" });
    // The person may have typed the username, too.
    kept.learn({ input: { username: "eve" }, answers: { accountPassword: "battery staple" } }, undefined);
    expect(kept.for(call("auth"))).toEqual({});
    expect(kept.for(call("auth", { username: "eve" }))).toEqual({ accountPassword: "battery staple" });
  });

  it("include a changed local password", () => {
    const { kept, typed } = create({ localPassword: "open" });
    typed(call("reset_password.local"), { localPassword: "open", newLocalPassword: "shut" });
    expect(kept.for(call("key.revoke"))).toEqual({ localPassword: "shut" });
  });

  it("don't keep a refusal to answer", () => {
    const { kept, typed } = create();
    typed(call("auth"), { localPassword: null });
    expect(kept.for(call("auth"))).toEqual({});
  });
});
