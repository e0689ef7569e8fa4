import { type AnyOperation, checkInput, FailureError, type Outcome } from "@hexuser/core";
import { keyRevoke } from "@hexuser/core/operations/key-revoke";
import { beginCall, type CallState } from "../ask/answer-needs.ts";
import type { CommandContext } from "../commands/command-context.ts";
import { runOperation, type Session } from "../run-operation.ts";
import { checkSecret, type Destination, type DestinationInput, openDestination } from "./save-key.ts";

/**
 * Makes a key whose secret goes to a place that was made ready before. A secret that can't be kept is revoked again.
 * Fails by throwing where the place is no good; the output's secret is where it says, and the caller takes it out.
 */
export async function makeKey(
  operation: AnyOperation,
  call: CallState,
  given: DestinationInput,
  session: Session & { readonly ctx: CommandContext },
): Promise<Outcome> {
  checkInput(operation, call.input);
  const destination = await openDestination(given, session.ctx);
  const outcome = await runOperation(operation, call, session);
  if (!outcome.ok) {
    await destination.abandon();
    return outcome;
  }
  try {
    const secret = String(outcome.output.secret);
    checkSecret(secret);
    await destination.keep(secret);
  } catch (error) {
    return takeBack(String(outcome.output.name), error, { call, destination, session });
  }
  return { ok: true, output: { ...outcome.output, savedTo: destination.where } };
}

interface Begun {
  readonly call: CallState;
  readonly destination: Destination;
  readonly session: Session;
}

async function takeBack(
  name: string,
  error: unknown,
  { call, destination, session }: Begun,
): Promise<Outcome> {
  await destination.abandon().catch(() => {});
  // What was begun is taken back even when the call was cancelled meanwhile.
  const { signal } = new AbortController();
  const revoked = await runOperation(keyRevoke, beginCall({ name }, call.answers), {
    ctx: { ...session.ctx, signal },
    ask: { ...session.ask, signal },
  });
  const failure = error instanceof FailureError ? error.failure : undefined;
  const why = failure?.message ?? "The key could not be kept.";
  const fate = revoked.ok
    ? `The key “${name}” was revoked again.`
    : `The key “${name}” is still good at the registry, and could not be revoked: ${revoked.failure.message}`;
  const revoke = revoked.ok ? "" : ` Then revoke it with \`hexuser key revoke\`: its secret is lost.`;
  return {
    ok: false,
    failure: {
      code: failure?.code ?? "storage_write_failed",
      message: `${why} ${fate}`,
      hint: `${failure?.hint ?? "To fix: give another place with `saveTo`."}${revoke}`,
    },
  };
}
