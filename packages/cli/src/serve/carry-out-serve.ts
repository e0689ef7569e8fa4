import { addAbortSignal } from "node:stream";
import { type Emit, type Failure, fail, hint } from "@hexuser/core";
import type { Options } from "../argv/options.ts";
import { givenAnswers, refuseStandardInput } from "../ask/given-answers.ts";
import { createContext } from "../host/create-context.ts";
import { readInteraction } from "../host/interaction.ts";
import { operations } from "../operations/index.ts";
import { exitCodeOf } from "../output/exit-code.ts";
import { refuseDiscardedOutput } from "../output/lost-secret.ts";
import { createReporter } from "../output/reporter.ts";
import { toSafeJson } from "../text/escape-text.ts";
import { notification } from "./json-rpc.ts";
import { serveCalls } from "./serve-calls.ts";

/** Serves on standard input and output until the input ends. Returns the exit code. */
export async function carryOutServe(options: Options, interrupted: AbortSignal): Promise<number> {
  if (options.input.stdio !== true) {
    throw fail("invalid_input", "You have to say how the other program talks to hexuser.", {
      hint: hint`give --stdio, which is the only way.`,
    });
  }
  refuseDiscardedOutput("every answer");
  const secretsFrom = (options.input.secretsFrom as string | undefined) || undefined;
  refuseStandardInput(secretsFrom);
  const interaction = readInteraction(options, process.env, process);
  const reporter = createReporter(interaction);
  const gone = new AbortController();
  const write = createWriter(() => gone.abort());
  // A backend's notices (such as that the keychain asks to be unlocked) don't belong to a single call.
  const emit: Emit = (event) => void write(toSafeJson(notification("event", { id: null, event }), "line"));
  const signal = AbortSignal.any([interrupted, gone.signal]);
  // Read them before entering the home: only root may be able to read the file.
  const answers = await givenAnswers(secretsFrom, process.env, signal, (message) =>
    emit({ type: "warning", message }),
  );
  const context = await createContext({
    options,
    env: process.env,
    emit,
    signal,
    trace: interaction.isVerbose ? reporter.detail : undefined,
  });
  const input = addAbortSignal(context.signal, process.stdin);
  let code = 0;
  const tellLost = (failure: Failure) => {
    reporter.failure(failure);
    code ||= exitCodeOf(failure);
  };
  await serveCalls({ operations, context, answers, input, write, tellLost });
  return interrupted.aborted ? 130 : code;
}

/** @param whenGone is called when nobody reads any more */
function createWriter(whenGone: () => void): (line: string) => Promise<boolean> {
  return (line) =>
    new Promise((resolve) => {
      process.stdout.write(`${line}\n`, (error) => {
        if (error) whenGone();
        resolve(!error);
      });
    });
}
