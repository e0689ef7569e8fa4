import {
  type Answers,
  type AnyOperation,
  type AuthMethod,
  type CallState,
  checkInput,
  type Failure,
  fail,
  handsOver,
  hint,
  type Outcome,
  toFailure,
  withFacts,
} from "@hexuser/core";
import { deliveryChoice, type Options } from "../argv/options.ts";
import {
  type AskContext,
  askFirst,
  type CallSetup,
  executeForPerson,
  settleForPerson,
  surelyAsks,
} from "../ask/execute-for-person.ts";
import type { CommandContext } from "../host/backends.ts";
import { createContext } from "../host/create-context.ts";
import { createTerminal, type Interaction, ownStreams, readInteraction } from "../host/interaction.ts";
import { createPages } from "../host/pages.ts";
import { variable } from "../host/settings.ts";
import type { Delivery } from "../output/delivery.ts";
import { lostLeftover, refuseDiscardedOutput } from "../output/lost-secret.ts";
import { report, type Settle, whenLost } from "../output/report.ts";
import { createEmit, createReporter } from "../output/reporter.ts";

/**
 * Runs the command of an operation: makes its context, reads its answers, executes it and shows the outcome. Returns
 * the exit code.
 */
export async function carryOut(
  operation: AnyOperation,
  options: Options,
  signal: AbortSignal,
): Promise<number> {
  const interaction = readInteraction(options, process.env, ownStreams);
  const reporter = createReporter(interaction);
  let done: Done;
  try {
    if (options.dryRun === true) {
      const input = checkInput(operation, inputOf(operation, options, interaction));
      await reporter.call(operation.id, input, deliveryChoice(operation, options));
      return 0;
    }
    const terminal = await createTerminal(interaction, signal, { canGoBack: false, status: reporter.status });
    if (surelyAsks(operation)) terminal?.keyboard.hold();
    done = await attempt(operation, options, interaction, { reporter, signal, terminal });
  } catch (error) {
    const failure = toFailure(error, signal);
    if (failure.code === "defect" && error instanceof Error) reporter.detail(error.stack ?? error.message);
    done = { operation, outcome: { ok: false, failure } };
  }
  if (done.isReported === true) return 0;
  const { outcome } = done;
  const nameWays = async (failure: Failure) => {
    const { nameSwitches } = await import("../ask/need-switch.ts");
    return nameSwitches(failure, done.operation, {
      wasAsked: interaction.isInteractive,
      codeFrom: findCode(options)?.from,
      silencedBy: interaction.silencedBy,
    });
  };
  if (!outcome.ok)
    return report(
      done.operation,
      { ok: false, failure: await nameWays(outcome.failure) },
      interaction,
      reporter,
    );
  return report(done.operation, outcome, interaction, reporter, {
    phrase: done.delivery?.phrase,
    async settle(isDelivered) {
      const failure = await done.settle?.(isDelivered);
      return failure && nameWays(failure);
    },
  });
}

/** An outcome with its operation, because a command may continue with another operation. */
interface Done {
  readonly operation: AnyOperation;
  readonly outcome: Outcome;
  /** The person has seen the outcome and doesn't want to continue. */
  readonly isReported?: boolean;
  readonly delivery?: Delivery | undefined;
  readonly settle?: Settle | undefined;
}

async function attempt(
  operation: AnyOperation,
  options: Options,
  interaction: Interaction,
  ask: AskContext,
): Promise<Done> {
  const { reporter, signal } = ask;
  // Without a terminal, nobody is there to see a page.
  const pages = ask.terminal && createPages(options, { terminal: ask.terminal });
  const lines: string[] = [];
  const drawQr = options.qr === true ? (await import("uqr")).renderUnicodeCompact : undefined;
  if (operation.reach === "program") {
    const call = { input: options.input, answers: {} };
    return { operation, outcome: await executeForPerson(operation, call, { ctx: { signal }, ask }) };
  }
  const ctx = await createContext({
    options,
    env: process.env,
    emit: createEmit({ reporter, pages, drawQr }),
    signal,
    trace: interaction.isVerbose ? reporter.detail : undefined,
    waitFor: reporter.status.waitFor,
    lend: ask.terminal?.keyboard.lend,
    isInteractive: interaction.isInteractive,
    isLocal: operation.reach !== undefined,
    // With --json, standard output holds one document and nothing for a shell.
    printLines:
      operation.changesSignIn === true && !interaction.isJson
        ? (printed) => void lines.push(...printed)
        : undefined,
  });
  const { leaves } = operation;
  const choice = deliveryChoice(operation, options);
  if (handsOver(operation) && choice?.output === undefined) refuseDiscardedOutput("the secret");
  if (leaves !== undefined && !ctx.backends.describe(ctx.backends.inUse).canKeep)
    refuseDiscardedOutput("the lines for your shell");
  const setup: CallSetup = { ctx, ask, afterwards: pages?.close };
  const call: CallState = {
    input: inputOf(operation, options, interaction),
    answers: await readAnswers(operation, options, ctx, ask),
  };
  if (operation.terms !== undefined) {
    const { presentTerms } = await import("../ask/terms.ts");
    await presentTerms(operation.terms, call, ctx, ask);
  }
  if (operation.confirm !== undefined) {
    const { confirmDestruction } = await import("../ask/confirm-destruction.ts");
    const undecided = await confirmDestruction(operation, call, setup, options.yes === true);
    if (undecided !== undefined) return { operation, outcome: { ok: false, failure: undecided } };
  }
  // Ask a person who gave no flag, if they can see the result.
  const isOpen = !options.hasOwnFlags && interaction.width !== undefined && !interaction.isJson;
  const asked = isOpen ? await askFirst(operation, call, setup) : undefined;
  const place = { env: process.env, isDocument: interaction.isJson, print: reporter.data };
  const delivery =
    choice && (await import("../output/delivery.ts")).prepareDelivery(operation, choice, place);
  const executed = await executeForPerson(operation, call, setup, asked);
  const settle: Settle = async (isDelivered) =>
    executed.ok ? settleForPerson(operation, call, executed.output, setup, isDelivered) : undefined;
  const outcome = delivery === undefined ? executed : await delivery.deliver(executed);
  if (!outcome.ok) await settle(false);
  const permissions = outcome.ok ? operation.learnPermissions?.(outcome.output) : undefined;
  if (outcome.ok && (operation.learnKeyNames ?? permissions) !== undefined) {
    const { learnNames } = await import("../completion/known-names.ts");
    const { organization } = call.input as { organization?: string };
    learnNames(operation, outcome.output, { ...options, organization }, ctx.home);
  }
  if (outcome.ok && lines.length > 0) {
    const lost = leaves === undefined ? undefined : () => lostLeftover(leaves(outcome.output));
    const failure = await whenLost(reporter.data(lines.join("\n")), lost);
    if (failure !== undefined) return { operation, outcome: { ok: false, failure } };
  }
  const { next } = operation;
  const isOver = !outcome.ok || next === undefined || !interaction.isInteractive || interaction.isJson;
  // If the backend can't store anything, the output itself says how to continue.
  if (isOver || ctx.credentials.readOnly !== undefined) return { operation, outcome, delivery, settle };
  await report(operation, outcome, interaction, reporter);
  const question = await next.question?.(ctx).catch((error: unknown) => toFailure(error, signal));
  if (typeof question === "object") {
    // The operation has succeeded, even if its question fails.
    reporter.failure(question);
    return { operation, outcome, isReported: true };
  }
  if (question !== undefined && ask.terminal !== undefined) {
    const { confirm } = await import("@hexuser/wizard");
    if (!(await confirm(question, { ...ask.terminal, default: true })))
      return { operation, outcome, isReported: true };
  }
  const answers = Object.fromEntries(next.answers.map((name) => [name, call.answers[name]]));
  const following: CallState = { input: next.input(outcome.output), answers };
  const { findOperation } = await import("../operations/index.ts");
  const nextOperation = findOperation(next.operation);
  return { operation: nextOperation, outcome: await executeForPerson(nextOperation, following, setup) };
}

/** The values of the flags, and the facts about this run that the operation asks for. */
function inputOf(
  operation: AnyOperation,
  options: Options,
  interaction: Interaction,
): Record<string, unknown> {
  const { input } = options;
  const detailed = interaction.isVerbose || interaction.isJson || undefined;
  return withFacts(operation, input, { unattended: !interaction.isInteractive, detailed });
}

/** The two-factor code from a flag or the environment, and its source. */
function findCode({ otp }: Options) {
  const code = otp ?? variable(process.env, "HEX_OTP");
  return code === undefined ? undefined : { code, from: otp === undefined ? "HEX_OTP" : "--otp" };
}

/** Reads the answers that came with the command: from flags, the environment and standard input. */
async function readAnswers(
  operation: AnyOperation,
  options: Options,
  ctx: CommandContext,
  { terminal, signal }: AskContext,
): Promise<Answers> {
  const otp = findCode(options)?.code;
  const given: Answers = {
    ...(otp !== undefined && operation.answers.includes("otp") ? { otp } : {}),
    ...(options.adoptCredentials === true ? { adoptCredentials: true } : {}),
    ...(options.sameRegistry === true ? { sameRegistry: true } : {}),
  };
  const method = await findMethod(options, ctx);
  const switches = {
    withKey: method?.needs === "key" || options.keyStdin === true,
    passwordStdin: options.passwordStdin === true,
    localPasswordStdin: options.localPasswordStdin === true,
    makesNoKeys: method !== undefined && method.yields !== "keys",
  };
  if (!switches.withKey && !switches.passwordStdin && !switches.localPasswordStdin) return given;
  const { expectedSecrets, readSecrets } = await import("../ask/stdin-secrets.ts");
  if (expectedSecrets(operation, switches).length === 0) return given;
  if (!process.stdin.isTTY)
    return { ...given, ...(await readSecrets(operation, switches, process.stdin, signal)) };
  if (terminal === undefined) {
    throw fail("invalid_input", "Standard input is a terminal, where a secret would be seen as it's typed.", {
      hint: hint`pipe the secrets in, one a line; or leave out --no-input and unset CI to be asked.`,
    });
  }
  return given;
}

/** The method that the person chose, with `--method` or by giving a key. */
async function findMethod({ input, withKey }: Options, ctx: CommandContext): Promise<AuthMethod | undefined> {
  if (input.method === undefined && withKey !== true) return undefined;
  const methods = await ctx.authMethods();
  return methods.find(({ id, yields }) =>
    input.method === undefined ? yields === "key" : id === input.method,
  );
}
