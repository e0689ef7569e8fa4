import { type AnyOperation, type Failure, fail, quoteName } from "@hexuser/core";
import { keyRevoke } from "@hexuser/core/operations/key-revoke";
import { commandLine } from "../flags/command-line.ts";

type Output = Readonly<Record<string, unknown>>;

/**
 * The failure of an operation that was done, when its output reached nobody and held what can't be shown again;
 * `undefined` where it can be had again.
 */
export function lostSecret(operation: Pick<AnyOperation, "id">, output: Output): Failure | undefined {
  return operation.id === "key.generate" ? lostKeys("key", [String(output.name)]) : undefined;
}

/** The same for a sign-in whose credentials nobody has but the lines that were printed for a shell. */
export function lostSignIn({ keys }: Output): Failure {
  const names = Array.isArray(keys) ? keys.map(String) : [];
  return names.length > 0 ? lostKeys("keys", names) : lostSession;
}

function lostKeys(what: string, names: readonly string[]): Failure {
  const list = names.map(quoteName).join(", ");
  const revoke = names.map((name) => `\`${commandLine(keyRevoke, { name })}\``).join(", ");
  return fail(
    "storage_write_failed",
    `The ${what} ${list} can't be used by anybody: standard output could not be written, and the secret is lost.`,
    {
      hint: `revoke what was made with ${revoke}, then run this again with a standard output that is read to its end.`,
      details: { reason: "secret_lost", keys: [...names] },
    },
  ).failure;
}

const lostSession = fail(
  "storage_write_failed",
  "The credentials of this sign-in are lost: standard output could not be written, and they are kept nowhere else.",
  {
    hint: "run this again with a standard output that is read to its end; the session that was opened can be ended on the registry's site.",
    details: { reason: "secret_lost" },
  },
).failure;
