import {
  type AnyOperation,
  type CallState,
  checkInput,
  type Failure,
  FailureError,
  fail,
  hint,
  makesKey,
  type OperationCall,
  type Outcome,
  quoteName,
  secretFields,
  type Transport,
} from "@hexuser/core";
import { commandLine } from "../argv/command-line.ts";
import { toFix } from "../argv/phrase-hint.ts";
import { type AskContext, executeForPerson, type Session } from "../ask/execute-for-person.ts";
import type { CommandContext } from "../host/backends.ts";
import { checkSecret, type Destination, type DestinationInput, openDestination } from "./save-key.ts";

/** What making a key for a model takes. */
export interface KeyMaking {
  readonly session: Session & { readonly ctx: CommandContext };
  /** Backends that the person named for this. */
  readonly allowedBackends: readonly string[];
  /** Given when the process is to end. */
  readonly ending: AbortSignal;
}

/**
 * Makes a key whose secret goes to a place that was made ready before. A secret that can't be kept is revoked again, and
 * so is a key whose call was cancelled meanwhile: nobody would learn of it. What can't be taken back is told on standard
 * error, since a cancelled call has no answer; also when the process has to end before all this is done.
 * Fails by throwing where the place is no good; the output's secret is where it says, and the caller takes it out.
 */
export async function makeKey(
  operation: AnyOperation,
  call: CallState,
  given: DestinationInput,
  making: KeyMaking,
): Promise<Outcome> {
  checkInput(operation, call.input);
  const destination = await openDestination(given, making.session.ctx, making.allowedBackends);
  const lastWords = prepareLastWords(making.session.ask.reporter.warning);
  try {
    return await makeAndKeep(operation, { call, destination, session: making.session, lastWords }, making);
  } finally {
    lastWords.withdraw();
  }
}

async function makeAndKeep(
  operation: AnyOperation,
  begun: Begun,
  { ending }: Pick<KeyMaking, "ending">,
): Promise<Outcome> {
  const { call, destination, session, lastWords } = begun;
  const { ctx, ask } = session;
  const asked = String(call.input.keyName ?? ctx.hostname);
  const http = finishChanges((request) => {
    if (makesKey(request)) lastWords.set(perhapsMade(asked));
    return ctx.http(request);
  }, ending);
  const outcome = await executeForPerson(operation, call, { ...session, ctx: { ...ctx, http } });
  if (!outcome.ok) {
    await destination.abandon().catch(() => {});
    if (ctx.signal.aborted && outcome.failure.details?.mayHaveHappened === true) tell(outcome.failure, ask);
    return outcome;
  }
  const { keys, undo } = operation.leaves?.(outcome.output) ?? { keys: [], undo: [] };
  const name = keys.map(quoteName).join(", ");
  lastWords.set(unfinished(name, undo));
  try {
    const secret = secretFields(operation).map((field) => String(outcome.output[field]));
    checkSecret(secret[0] ?? "");
    if (ctx.signal.aborted) throw fail("interrupted", "The call was cancelled.");
    await destination.keep(secret[0] ?? "");
  } catch (error) {
    const failed = await takeBack(name, undo, error, begun);
    if (ctx.signal.aborted) tell(failed, ask);
    return { ok: false, failure: failed };
  }
  if (ctx.signal.aborted)
    ask.reporter.warning(
      `A call was cancelled after it had made the key ${name}: its secret is in ${destination.where}.`,
    );
  return { ok: true, output: { ...outcome.output, savedTo: destination.where } };
}

function tell({ message, hint }: Failure, { reporter }: AskContext): void {
  reporter.warning([message, ...(hint === undefined ? [] : [toFix(hint)])].join("\n"));
}

function perhapsMade(name: string): string {
  return `The process ended before the registry answered: the key ${quoteName(name)} may have been made.\nTo fix: look with \`hexuser key list\` for the key, perhaps with a number after its name, and revoke it: nobody has its secret.`;
}

function unfinished(name: string, undo: readonly OperationCall[]): string {
  return `The process ended before the key ${name} was kept, or revoked again.\nTo fix: revoke it with ${byHand(undo)}.`;
}

function byHand(undo: readonly OperationCall[]): string {
  return undo.map(({ operation, input }) => `\`${commandLine(operation, input)}\``).join(", ");
}

interface Begun {
  readonly call: CallState;
  readonly destination: Destination;
  readonly session: KeyMaking["session"];
  readonly lastWords: LastWords;
}

async function takeBack(
  name: string,
  undo: readonly OperationCall[],
  error: unknown,
  { call, destination, session }: Begun,
): Promise<Failure> {
  await destination.abandon().catch(() => {});
  // Take back what was begun, even if the call has been cancelled.
  const { signal } = new AbortController();
  const unsignalled = { ctx: { ...session.ctx, signal }, ask: { ...session.ask, signal } };
  let revoked: Outcome = { ok: true, output: {} };
  for (const { operation, input } of undo) {
    const undoing = { input: { ...input }, answers: call.answers };
    const outcome = await executeForPerson(operation, undoing, unsignalled);
    if (!outcome.ok) revoked = outcome;
  }
  const failure = error instanceof FailureError ? error.failure : undefined;
  const why = failure?.message ?? "The key could not be kept.";
  const fate = revoked.ok
    ? `The key ${name} was revoked again.`
    : `The key ${name} is still good at the registry, and could not be revoked: ${revoked.failure.message}`;
  const next = revoked.ok
    ? (failure?.hint ?? hint`give another place with \`saveTo\`.`)
    : hint`revoke it with ${byHand(undo)}: its secret is lost.`;
  const isOver = failure?.code === "interrupted" && revoked.ok;
  return {
    code: failure?.code ?? "storage_write_failed",
    message: `${why} ${fate}`,
    ...(isOver ? {} : { hint: next }),
  };
}

/** What is told of a change should the process end in the middle of it. */
interface LastWords {
  /** Sets the text, in the place of an earlier one. */
  set(text: string): void;
  /** The change has come to its end: nothing is left to tell. */
  withdraw(): void;
}

/**
 * Has a text told when the process ends before the text is withdrawn: a second signal, or the time that is up after the
 * first, leaves no time for anything else.
 *
 * @param tell writes at once, since the process ends afterwards
 */
function prepareLastWords(tell: (text: string) => void): LastWords {
  let words = "";
  const speak = () => tell(words);
  return {
    set(text) {
      if (words === "") process.once("exit", speak);
      words = text;
    },
    withdraw() {
      process.removeListener("exit", speak);
    },
  };
}

/** Milliseconds that a change has which is under way: more when a call was cancelled than when the process ends. */
interface Patience {
  readonly cancelled: number;
  readonly ending: number;
}

const usual: Patience = { cancelled: 15_000, ending: 1_000 };

/**
 * Lets a request that changes something come to its answer for a while, although its call was cancelled. Who gives it up
 * at once never learns what was made, and can't take it back. One that has not begun doesn't begin.
 *
 * @param ending given when the process is to end, which happens soon in any case
 */
export function finishChanges(http: Transport, ending: AbortSignal, patience = usual): Transport {
  return async (request) => {
    const { method, signal } = request;
    if (method === "GET" || signal === undefined || signal.aborted) return http(request);
    const late = new AbortController();
    const timers: NodeJS.Timeout[] = [];
    const giveUpIn = (milliseconds: number) => {
      timers.push(setTimeout(() => late.abort(), milliseconds));
    };
    const cancelled = () => giveUpIn(patience.cancelled);
    const ends = () => giveUpIn(patience.ending);
    signal.addEventListener("abort", cancelled, { once: true });
    ending.addEventListener("abort", ends, { once: true });
    try {
      return await http({ ...request, signal: late.signal });
    } finally {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener("abort", cancelled);
      ending.removeEventListener("abort", ends);
    }
  };
}
