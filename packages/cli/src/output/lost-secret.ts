import { type AnyOperation, type Failure, fail, quoteName } from "@hexuser/core";
import { commandLine } from "../flags/command-line.ts";

type Output = Readonly<Record<string, unknown>>;

/** Makes the failure of what was done and reached nobody, once it's known that nobody has it. */
export type Lost = () => Promise<Failure>;

/**
 * What to fail with when an operation's output reaches nobody and held what can't be shown again; `undefined` where it
 * can be had again.
 */
export function lostSecret(operation: Partial<Pick<AnyOperation, "id">>, output: Output): Lost | undefined {
  return operation.id === "key.generate" ? () => lostKeys("key", [String(output.name)]) : undefined;
}

/** The same for a sign-in whose credentials nobody has but the lines that were printed for a shell. */
export async function lostSignIn({ keys }: Output): Promise<Failure> {
  const names = Array.isArray(keys) ? keys.map(String) : [];
  return names.length > 0 ? lostKeys("keys", names) : lostSession();
}

async function lostKeys(what: string, names: readonly string[]): Promise<Failure> {
  const { keyRevoke } = await import("@hexuser/core/operations/key-revoke");
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

function lostSession(): Failure {
  return fail(
    "storage_write_failed",
    "The credentials of this sign-in are lost: standard output could not be written, and they are kept nowhere else.",
    {
      hint: "run this again with a standard output that is read to its end; the session that was opened can be ended on the registry's site.",
      details: { reason: "secret_lost" },
    },
  ).failure;
}
