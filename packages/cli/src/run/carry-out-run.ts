import { join } from "node:path";
import { type Answers, fail, handsOver, hint } from "@hexuser/core";
import { stateDirectory } from "@hexuser/credentials";
import type { Options } from "../argv/options.ts";
import { givenAnswers } from "../ask/given-answers.ts";
import { createContext } from "../host/create-context.ts";
import { createTerminal, readInteraction } from "../host/interaction.ts";
import { refuseDiscardedOutput } from "../output/lost-secret.ts";
import { createEmit, createReporter } from "../output/reporter.ts";
import { createChangeWatch } from "./change-watch.ts";
import { checkCalls } from "./check-calls.ts";
import { executeCalls } from "./execute-calls.ts";
import { createKeptAnswers } from "./kept-answers.ts";
import { parseDocument, readDocument } from "./parse-document.ts";
import { createRateLimitGate } from "./rate-limit-gate.ts";
import { refuseUnconfirmed } from "./run-failure.ts";
import { withJournal } from "./with-journal.ts";

/** The flags of `hexuser run`. */
export interface RunChoices {
  readonly file: string;
  readonly parallel: number;
  readonly continue: boolean;
  readonly resume: boolean;
  readonly restart: boolean;
  readonly secretsFrom?: string | undefined;
  readonly yes: boolean;
}

/** Runs `hexuser run`: reads and checks the document, prepares what its calls need, and executes them. */
export async function carryOutRun(
  choices: RunChoices,
  options: Options,
  signal: AbortSignal,
): Promise<number> {
  const { env } = process;
  refuseContradictions(choices, options);
  const interaction = readInteraction(options, env, process);
  const reporter = createReporter(interaction);
  const { calls: raw, problems } = parseDocument(await readDocument(choices.file, signal));
  const calls = checkCalls(raw, problems);
  if (options.dryRun === true) {
    for (const { operation, input, deliver } of calls) await reporter.call(operation.id, input, deliver);
    return 0;
  }
  if (calls.some(({ operation }) => handsOver(operation))) refuseDiscardedOutput("the secrets");
  if (!interaction.isInteractive && !choices.yes) refuseUnconfirmed(calls);
  const given = await readAnswers(choices, options, signal, reporter.warning);
  const context = await createContext({
    options,
    env,
    emit: createEmit({ reporter }),
    signal,
    trace: interaction.isVerbose ? reporter.detail : undefined,
    waitFor: reporter.status.waitFor,
    isInteractive: interaction.isInteractive,
    isLocal: calls.every(({ operation }) => operation.reach !== undefined),
  });
  const watch = createChangeWatch(context.http);
  const gate = createRateLimitGate(watch.http, context);
  const state = stateDirectory(context.home);
  const directory = state === undefined ? undefined : join(state, "runs");
  let exitCode = 0;
  await withJournal(calls, context, directory, choices, async (journal) => {
    const { isOver, code } = await executeCalls(calls, choices, {
      ctx: { ...context, http: gate.http },
      ask: {
        reporter,
        signal,
        terminal: await createTerminal(interaction, signal, { canGoBack: false, status: reporter.status }),
      },
      answers: createKeptAnswers(given, context.clock),
      journal,
      watch,
      gate,
      isSpared: choices.yes,
    });
    exitCode = code;
    return isOver;
  });
  return exitCode;
}

function refuseContradictions({ file, resume, restart, secretsFrom }: RunChoices, options: Options): void {
  if (resume && restart) {
    throw fail("invalid_input", "--resume and --restart don't go together.", {
      hint: hint`--resume continues an earlier run, --restart starts again.`,
    });
  }
  if (file === "-" && secretsFrom === "fd:0") {
    throw fail("invalid_input", "Standard input can't hold both the document and the answers.", {
      hint: hint`give the answers through another descriptor, like --secrets-from fd:3 3<FILE.`,
    });
  }
  const [stdin] = [
    options.passwordStdin === true && "password-stdin",
    options.localPasswordStdin === true && "local-password-stdin",
  ].filter(Boolean);
  if (stdin !== undefined) {
    throw fail("invalid_input", `\`hexuser run\` reads no secrets with --${stdin}.`, {
      hint: hint`give the answers as one JSON object, with --secrets-from FILE or --secrets-from fd:N.`,
    });
  }
}

function readAnswers(
  { secretsFrom }: RunChoices,
  options: Options,
  signal: AbortSignal,
  warn: (message: string) => void,
): Promise<Answers> {
  const otp = options.otp;
  const env = otp === undefined ? process.env : { ...process.env, HEX_OTP: otp };
  return givenAnswers(secretsFrom, env, signal, warn);
}
