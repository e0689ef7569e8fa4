import { afterEach, describe, expect, it } from "vitest";
import { comparableOutcome, effects } from "../front-ends/comparable.ts";
import { type ExecuteCalls, frontEnds } from "../front-ends/front-ends.ts";
import { twentyCalls } from "../front-ends/twenty-calls.ts";
import { bothKinds, startRegistry, type TestRegistry } from "../registry.ts";
import { createSetting, localPassword, type Setting, signIn } from "../setting.ts";

let registry: TestRegistry | undefined;
let setting: Setting | undefined;
afterEach(async () => {
  setting?.machine.remove();
  await registry?.close();
});

describe.each(bothKinds)("twenty calls at a registry like %s", (kind) => {
  it.each(Object.keys(frontEnds))(
    "have the same outcomes through %s",
    async (name) => {
      const result = await liveThrough(frontEnds[name] as ExecuteCalls, kind);
      const lines = result.map((line) => `${JSON.stringify(line)}\n`).join("");
      await expect(lines).toMatchFileSnapshot(`../front-ends/outcomes/${kind}.jsonl`);
    },
    180_000,
  );
});

/** Runs all calls on a new registry and machine, which are equal to all others. */
async function liveThrough(executeCalls: ExecuteCalls, kind: (typeof bothKinds)[number]) {
  registry = await startRegistry(kind);
  setting = await createSetting(registry);
  await signIn(setting);
  registry.control.clearRequests();
  const { account } = setting;
  const answers = {
    accountPassword: account.password,
    ...(setting.isClassic ? { localPassword } : { otp: account.otp() }),
  };
  const calls = twentyCalls(account);
  expect(calls).toHaveLength(20);
  const outcomes = await executeCalls(calls, answers, setting);
  const compared = calls.map(({ operation }, index) => {
    const outcome = outcomes[index];
    return { operation, outcome: outcome && comparableOutcome(outcome, setting as Setting) };
  });
  return [...compared, ...effects(setting)];
}
