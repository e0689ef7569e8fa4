import { type Failure, toFailure } from "@hexuser/core";
import { commandArguments, commandFlags } from "../argv/command-flags.ts";
import { globalFlags } from "../argv/global-flags.ts";
import { hasFlag, type Resolved } from "../argv/resolve-command.ts";
import { ownStreams, readInteraction } from "../host/interaction.ts";
import { exitCodeOf } from "../output/exit-code.ts";
import { createReporter } from "../output/reporter.ts";
import { loadCommand } from "./commands.generated.ts";
import { callOclif } from "./oclif-command.ts";

/** Runs the command that the arguments name, and ends the process with its exit code. */
export async function dispatch(resolved: Resolved, signal: AbortSignal): Promise<void> {
  const { name, rest } = resolved;
  const stop = (error: unknown) => void end(rest, toFailure(error, signal), error);
  process.on("uncaughtException", stop);
  process.on("unhandledRejection", stop);
  // If the reader of a pipe goes away (`| head`), hexuser continues. The code that writes reports write errors. oclif's
  // own listener would throw them a second time, so remove it.
  process.stdout.removeAllListeners("error").on("error", () => {});
  process.stderr.on("error", () => {});
  if (hasFlag(rest, "--no-color")) process.env.NO_COLOR = "1";
  try {
    finish(await callOclif(name, rest, signal));
  } catch (error) {
    const isUsage = (error as { oclif?: unknown }).oclif !== undefined;
    const failure = isUsage ? await describeUsage(error, resolved) : toFailure(error, signal);
    await end(rest, failure, error);
  }
}

async function describeUsage(error: unknown, resolved: Resolved): Promise<Failure> {
  const command = await loadCommand[resolved.name]?.();
  const own = command === undefined ? [] : commandFlags(command);
  const { usageFailure } = await import("../argv/usage-failure.ts");
  return usageFailure(
    error,
    resolved.name,
    [...own, ...globalFlags].map(({ name }) => name),
    command === undefined ? [] : commandArguments(command).map(({ name }) => name),
  );
}

/** Reports a failure outside the command, whose flags nobody has parsed, and ends the process. */
async function end(argv: readonly string[], failure: Failure, thrown?: unknown): Promise<void> {
  const options = {
    json: hasFlag(argv, "--json", "--fields", "--jq"),
    quiet: hasFlag(argv, "--quiet"),
    verbose: hasFlag(argv, "--verbose"),
    noColor: hasFlag(argv, "--no-color"),
  };
  const interaction = readInteraction(options, process.env, ownStreams);
  const reporter = createReporter(interaction);
  if (failure.code === "defect" && thrown instanceof Error) reporter.detail(thrown.stack ?? thrown.message);
  try {
    if (interaction.isJson) await reporter.document({ ok: false, failure });
    else reporter.failure(failure);
  } finally {
    finish(exitCodeOf(failure));
  }
}

/** Ends the program although something may still be open, such as a socket or standard input. */
function finish(exitCode: number): void {
  process.stderr.write("", () => process.stdout.write("", () => process.exit(exitCode)));
}
