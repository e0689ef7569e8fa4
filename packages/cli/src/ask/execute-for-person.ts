import {
  type AnyOperation,
  type Asker,
  answerField,
  type CallState,
  type Context,
  execute,
  executeAsking,
  type Failure,
  give,
  inputFields,
  isChosen,
  type Outcome,
  settle,
} from "@hexuser/core";
import type { Terminal } from "@hexuser/wizard";
import { toFix } from "../argv/phrase-hint.ts";
import type { Reporter } from "../output/reporter.ts";

/** How to ask a person. */
export interface AskContext {
  /** The terminal for the questions. Without it, nobody can answer. */
  readonly terminal: Terminal | undefined;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Asks in another way than on the terminal. */
  readonly asker?: Asker | undefined;
}

/** The part that all calls of one run share. */
export interface CallSetup {
  /** For an operation that needs only the program, it holds only the signal. */
  readonly ctx: Pick<Context, "signal"> & Partial<Context>;
  readonly ask: AskContext;
  /** Replaces core's function, for a front end that records what it executes. */
  readonly execute?: typeof execute | undefined;
  /** Is called whenever an operation was executed. */
  readonly afterwards?: (() => void) | undefined;
}

/**
 * Executes an operation with `executeAsking`, which asks on the terminal.
 *
 * @param asked the fields that the person was asked for before; they can be asked for again
 */
export function executeForPerson(
  operation: AnyOperation,
  call: CallState,
  setup: CallSetup,
  asked: ReadonlySet<string> = new Set(),
): Promise<Outcome> {
  const { ctx, ask, execute: executeNow = execute, afterwards } = setup;
  const { terminal } = ask;
  const asker = ask.asker ?? (terminal && askOn(terminal, operation, call, setup, new Set(asked)));
  const executeOnce = () => executeNow(operation, call.input, ctx, call.answers).finally(afterwards);
  return executeAsking(operation, call, executeOnce, asker);
}

/**
 * Carries out the second half of a successful call, and asks on the terminal for what it lacks. Front ends call it once the
 * output has reached its receiver or was lost. Returns the failure, if there is one.
 */
export async function settleForPerson(
  operation: AnyOperation,
  call: CallState,
  output: Record<string, unknown>,
  { ctx, ask }: CallSetup,
  isDelivered: boolean,
): Promise<Failure | undefined> {
  if (operation.settle === undefined) return undefined;
  const execute = () => settle(operation, output, ctx, call.answers, isDelivered);
  const outcome = await executeForPerson(operation, call, { ctx, ask, execute });
  return outcome.ok ? undefined : outcome.failure;
}

/**
 * Asks one question after the other. If a field from the command line is refused, it doesn't ask for the field again,
 * because the person can correct the command. It doesn't offer a sign-in if the backend can't store anything.
 */
function askOn(
  terminal: Terminal,
  operation: AnyOperation,
  call: CallState,
  setup: CallSetup,
  asked: Set<string>,
): Asker {
  const { reporter } = setup.ask;
  return {
    canAsk: (need) => "answer" in need || need.because === "missing" || asked.has(need.input),
    async ask({ needs, remarks, hint }) {
      for (const remark of remarks) reporter.instruction(remark);
      if (hint !== undefined) reporter.instruction(toFix(hint));
      const { askAnswer, askInput } = await import("@hexuser/wizard");
      for (const need of needs) {
        if ("input" in need) {
          asked.add(need.input);
          give(call, need, await askInput(operation, need.input, terminal, setup.ctx));
          continue;
        }
        const { answer, optional } = need;
        // Explain this password, which a person who signs in for the first time doesn't know.
        if (answer === "newLocalPassword") reporter.notice(answerField(answer).description ?? "");
        give(call, need, await askAnswer({ answer, operation, optional }, terminal));
      }
      return true;
    },
    async signIn() {
      const { credentials } = setup.ctx;
      if (credentials === undefined || credentials.readOnly !== undefined) return undefined;
      const { confirm } = await import("@hexuser/wizard");
      const question = "No authenticated user found. Do you want to authenticate now?";
      if (!(await confirm(question, { ...terminal, default: true }))) return undefined;
      const { auth } = await import("../operations/auth.ts");
      const begun: CallState = { input: {}, answers: call.answers };
      const outcome = await executeForPerson(auth, begun, setup);
      const { newLocalPassword } = begun.answers;
      if (newLocalPassword != null) call.answers = { ...call.answers, localPassword: newLocalPassword };
      return outcome;
    },
  };
}

/**
 * Asks for optional fields that are worth asking for and missing, before the call is executed.
 *
 * @returns the names of these fields
 */
export async function askFirst(
  operation: AnyOperation,
  call: CallState,
  { ctx, ask: { terminal } }: CallSetup,
): Promise<ReadonlySet<string>> {
  const fields = inputFields(operation).filter(
    ({ name, isWorthAsking }) => isWorthAsking === true && call.input[name] === undefined,
  );
  if (fields.length === 0 || terminal === undefined) return new Set();
  const { askInput } = await import("@hexuser/wizard");
  for (const { name } of fields)
    give(call, { input: name, because: "missing" }, await askInput(operation, name, terminal, ctx));
  return new Set(fields.map(({ name }) => name));
}

/**
 * Whether the operation asks something of nearly everybody. For other operations, keys that are typed before the first
 * question stay with the terminal, because they may be meant for the shell.
 */
export function surelyAsks({ terms, page, answers, words }: AnyOperation): boolean {
  return terms !== undefined || page === "approved" || answers.some((answer) => isChosen(answer, { words }));
}
