import {
  type AnyOperation,
  type Failure,
  FailureError,
  fail,
  handsOver,
  hint,
  type Leftover,
  quoteName,
  secretFields,
} from "@hexuser/core";
import { commandLine } from "../argv/command-line.ts";

type Output = Readonly<Record<string, unknown>>;

/** Makes the failure of a call that succeeded but whose output reached nobody. */
export type Lost = () => Failure;

/**
 * Prepares the failure for an output that reaches nobody. Returns `undefined` if the output has nothing that is shown
 * only once.
 */
export function lostSecret(operation: Partial<AnyOperation>, output: Output): Lost | undefined {
  const { leaves } = operation;
  if (leaves === undefined || !handsOver(operation)) return undefined;
  const secrets = secretFields(operation as AnyOperation).map((name) => output[name]);
  return secrets.every((secret) => secret === undefined) ? undefined : () => lostLeftover(leaves(output));
}

/**
 * The failure for keys or a session at the registry whose secret nobody has.
 *
 * @param cause why the secret is not in its place; without it, standard output could not be written
 */
export function lostLeftover({ keys, session = false, undo }: Leftover, cause?: unknown): Failure {
  if (keys.length === 0) return lostSignIn(session);
  const { failure } = cause instanceof FailureError ? cause : {};
  const why = failure?.message ?? "Standard output could not be written.";
  const next =
    cause === undefined
      ? "with a standard output that is read to its end"
      : "with another place for the secret";
  const revoke = undo.map(({ operation, input }) => `\`${commandLine(operation, input)}\``).join(", ");
  return fail(
    "storage_write_failed",
    `The key${keys.length === 1 ? "" : "s"} ${keys.map(quoteName).join(", ")} can't be used by anybody, because the secret is lost. ${why}`,
    {
      hint: hint`revoke what was made with ${revoke}, then run this again ${next}.`,
      details: { reason: "secret_lost", keys: [...keys] },
    },
  ).failure;
}

function lostSignIn(isSession: boolean): Failure {
  const again = "run this again with a standard output that is read to its end";
  return fail(
    "storage_write_failed",
    "The credentials of this sign-in are lost, because standard output could not be written and no other place has them.",
    {
      hint: isSession
        ? hint`${again}; you can end the lost session on the registry's site.`
        : hint`${again}.`,
      details: { reason: "secret_lost" },
    },
  ).failure;
}

/**
 * Refuses a command whose secret would be lost because standard output is closed (`>&-`) or goes to /dev/null, which
 * Node opens in place of a closed one. Fails with `invalid_input` before anything changes.
 */
export function refuseDiscardedOutput(what: string): void {
  if (!isDiscarded()) return;
  throw fail("invalid_input", `Standard output is closed, or goes to /dev/null: ${what} would be lost.`, {
    hint: hint`run this with a standard output that is read, like a terminal, a pipe or a file.`,
  });
}

function isDiscarded(): boolean {
  const { fstatSync, statSync } = process.getBuiltinModule("node:fs");
  if (process.platform === "win32") return false;
  try {
    const output = fstatSync(1);
    return output.isCharacterDevice() && output.rdev === statSync("/dev/null").rdev;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EBADF";
  }
}
