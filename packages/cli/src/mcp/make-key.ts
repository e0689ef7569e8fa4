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
import {
  type AskContext,
  type CallSetup,
  executeForPerson,
  settleForPerson,
} from "../ask/execute-for-person.ts";
import type { CommandContext } from "../host/backends.ts";
import type { Destination } from "../output/secret-file.ts";
import { checkSecret, type DestinationInput, openDestination } from "./save-key.ts";

/** The parts that are needed to make a key for a model. */
export interface KeyMaking {
  readonly setup: CallSetup & { readonly ctx: CommandContext };
  /** Backends that the person named for this. */
  readonly allowedBackends: readonly string[];
  /** Aborts when the process has to end. */
  readonly ending: AbortSignal;
}

/**
 * Makes a key and stores its secret in a place that it prepares first. It revokes the key again if the secret can't be
 * stored, or if the call was cancelled meanwhile, because nobody would learn of the key. A cancelled call has no
 * answer. So if the key can't be revoked, or if the process has to end first, it says so on standard error. Throws a
 * failure if the place is unusable. The output still has the secret, which the caller removes.
 */
export async function makeKey(
  operation: AnyOperation,
  call: CallState,
  given: DestinationInput,
  making: KeyMaking,
): Promise<Outcome> {
  checkInput(operation, call.input);
  const destination = await openDestination(given, making.setup.ctx, making.allowedBackends);
  const lastWords = prepareLastWords(making.setup.ask.reporter.warning);
  try {
    return await makeAndKeep(operation, { call, destination, setup: making.setup, lastWords }, making);
  } finally {
    lastWords.withdraw();
  }
}

async function makeAndKeep(
  operation: AnyOperation,
  begun: Begun,
  { ending }: Pick<KeyMaking, "ending">,
): Promise<Outcome> {
  const { call, destination, setup, lastWords } = begun;
  const { ctx, ask } = setup;
  const asked = String(call.input.keyName ?? call.input.name ?? ctx.hostname);
  const http = finishChanges((request) => {
    if (makesKey(request)) lastWords.set(perhapsMade(asked));
    return ctx.http(request);
  }, ending);
  const outcome = await executeForPerson(operation, call, { ...setup, ctx: { ...ctx, http } });
  if (!outcome.ok) {
    await destination.abandon().catch(() => {});
    if (ctx.signal.aborted && outcome.failure.details?.mayHaveHappened === true) tell(outcome.failure, ask);
    return outcome;
  }
  const { keys, undo } = operation.leaves?.(outcome.output) ?? { keys: [], undo: [] };
  const name = keys.map(quoteName).join(", ");
  lastWords.set(unfinished(name, undo));
  const [secret] = secretFields(operation).map((field) => outcome.output[field]);
  const settle = async (isDelivered: boolean) => {
    const failure = await settleForPerson(operation, call, outcome.output, setup, isDelivered);
    if (failure !== undefined) ctx.emit({ type: "warning", message: failure.message, hint: failure.hint });
  };
  if (typeof secret !== "string") {
    await destination.abandon();
    await settle(true);
    return outcome;
  }
  try {
    checkSecret(secret);
    if (ctx.signal.aborted) throw fail("interrupted", "The call was cancelled.");
    await destination.keep(secret);
  } catch (error) {
    const failed = await takeBack(name, undo, error, begun);
    await settle(false);
    if (ctx.signal.aborted) tell(failed, ask);
    return { ok: false, failure: failed };
  }
  if (ctx.signal.aborted)
    ask.reporter.warning(
      `A call was cancelled after it had made the key ${name}: its secret is in ${destination.where}.`,
    );
  await settle(true);
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
  readonly setup: KeyMaking["setup"];
  readonly lastWords: LastWords;
}

async function takeBack(
  name: string,
  undo: readonly OperationCall[],
  error: unknown,
  { call, destination, setup }: Begun,
): Promise<Failure> {
  await destination.abandon().catch(() => {});
  // Undo what was begun, even if the call has been cancelled.
  const { signal } = new AbortController();
  const unsignalled = { ctx: { ...setup.ctx, signal }, ask: { ...setup.ask, signal } };
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

/** A text about an unfinished change, for when the process ends during the change. */
interface LastWords {
  /** Replaces the text. */
  set(text: string): void;
  /** Removes the text, because the change is finished. */
  withdraw(): void;
}

/**
 * Prints a text if the process ends before the text is withdrawn: on a second signal, or when the time after the first
 * signal is up.
 *
 * @param tell writes synchronously, because the process ends afterwards
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

/** Milliseconds that a running change has. It has more if its call was cancelled than if the process ends. */
interface Patience {
  readonly cancelled: number;
  readonly ending: number;
}

const usual: Patience = { cancelled: 15_000, ending: 1_000 };

/**
 * Lets a running request that changes something wait for its answer for a while, although its call was cancelled.
 * Otherwise nobody would know what it made, and nobody could undo it. A request that hasn't begun doesn't begin.
 *
 * @param ending aborts when the process has to end soon
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
