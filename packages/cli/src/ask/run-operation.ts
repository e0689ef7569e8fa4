import { type AnyOperation, type Context, execute, type Failure, type Outcome } from "@hexuser/core";
import { type AskContext, answerNeeds, beginCall, type CallState } from "./answer-needs.ts";

/** What calls of one run have in common. */
export interface Session {
  readonly ctx: Context;
  readonly ask: AskContext;
  /** In the place of core's, for a front end that keeps a book of what it executes. */
  readonly execute?: typeof execute | undefined;
}

/**
 * Executes an operation, asks for what it lacks, and executes it again, until it's done or can't be. Where nobody
 * is signed in, it offers to sign in first, and goes on afterwards.
 */
export async function runOperation(
  operation: AnyOperation,
  call: CallState,
  session: Session,
): Promise<Outcome> {
  let hasOffered = false;
  const executeNow = session.execute ?? execute;
  for (;;) {
    const outcome = await executeNow(operation, call.input, session.ctx, call.answers);
    if (outcome.ok) return outcome;
    if (isSignInMissing(outcome.failure) && !hasOffered) {
      hasOffered = true;
      const signedIn = await offerSignIn(call, session);
      if (signedIn === undefined) return outcome;
      if (!signedIn.ok) return signedIn;
    } else if (
      !(await answerNeeds(withMissingInputs(outcome.failure, operation, call), operation, call, session.ask))
    ) {
      return outcome;
    }
  }
}

function isSignInMissing({ details }: Failure): boolean {
  return details?.reason === "not_signed_in";
}

/** Gives `undefined` if nobody can be asked, nothing can be stored, or the person declines. */
async function offerSignIn(call: CallState, session: Session): Promise<Outcome | undefined> {
  const { terminal } = session.ask;
  const canStore = session.ctx.credentials.readOnly === undefined;
  if (terminal === undefined || !canStore) return undefined;
  session.ask.reporter.clearProgress();
  const [{ confirm }, { auth }] = await Promise.all([
    import("@hexuser/wizard"),
    import("../operations/auth.ts"),
  ]);
  const question = "No authenticated user found. Do you want to authenticate now?";
  if (!(await confirm(question, { ...terminal, default: true }))) return undefined;
  const signIn = beginCall({}, call.answers);
  const outcome = await runOperation(auth, signIn, session);
  const { newLocalPassword } = signIn.answers;
  if (newLocalPassword != null) call.answers = { ...call.answers, localPassword: newLocalPassword };
  return outcome;
}

/** A field that wasn't given at all can be asked for, whatever its schema says about its absence. */
function withMissingInputs(failure: Failure, operation: AnyOperation, call: CallState): Failure {
  const issues = failure.code === "invalid_input" ? failure.details?.issues : undefined;
  if (!Array.isArray(issues)) return failure;
  const named = new Set((failure.needs ?? []).flatMap((need) => ("input" in need ? [need.input] : [])));
  const missing = issues
    .map((issue) => (issue as { path: string[] }).path)
    .flatMap(([name, ...inner]) => (name !== undefined && inner.length === 0 ? [name] : []))
    .filter((name) => name in operation.input.shape && call.input[name] === undefined && !named.has(name));
  if (missing.length === 0 || missing.length + named.size < issues.length) return failure;
  const needs = missing.map((input) => ({ input, because: "missing" as const }));
  return { ...failure, needs: [...(failure.needs ?? []), ...needs] };
}
