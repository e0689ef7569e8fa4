import { type Failure, toFailure } from "@hexuser/core";
import { exitCodeOf } from "./exit-code.ts";
import { commandFlags } from "./flags/command-flags.ts";
import { globalFlags } from "./flags/global-flags.ts";
import type { Interruption } from "./interrupt.ts";
import { createReporter } from "./output/reporter.ts";
import { hasFlag, resolveCommand } from "./resolve-command.ts";
import { ownStreams, readFront } from "./setup/front.ts";
import { incompleteCommand, unknownCommand, usageFailure } from "./usage-failure.ts";

/** Runs the command that the arguments name, and ends the process with its code. */
export async function run(argv: readonly string[], { signal }: Interruption): Promise<void> {
  const stop = (error: unknown) => void end(argv, toFailure(error, signal), error);
  process.on("uncaughtException", stop);
  process.on("unhandledRejection", stop);
  // A reader that goes away (`| head`) ends nothing; what couldn't be written is told where it was written.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  const resolved = resolveCommand(argv[0] === "help" ? argv.slice(1) : argv);
  if (resolved.kind === "unknown") return end(argv, unknownCommand(resolved.typed));
  if (resolved.kind === "group") return end(argv, incompleteCommand(resolved.name));
  const [operation, { runOperationCommand }] = await Promise.all([
    resolved.command.load(),
    import("./operation-command.ts"),
  ]);
  // oclif has its own listener, which throws again what the one above has dealt with.
  process.stdout.removeAllListeners("error").on("error", () => {});
  if (hasFlag(argv, "--no-color")) process.env.NO_COLOR = "1";
  try {
    finish(await runOperationCommand(operation, resolved.rest, signal));
  } catch (error) {
    const flags = [...commandFlags(operation), ...globalFlags].map(({ name }) => name);
    const isUsage = (error as { oclif?: unknown }).oclif !== undefined;
    const failure = isUsage ? usageFailure(error, resolved.command.name, flags) : toFailure(error, signal);
    await end(argv, failure, error);
  }
}

/** Reports a failure from before or beside the command, whose flags nobody has parsed, and ends the process. */
async function end(argv: readonly string[], failure: Failure, thrown?: unknown): Promise<void> {
  const names = ["json", "quiet", "verbose", "no-color"];
  const flags = Object.fromEntries(names.map((name) => [name, hasFlag(argv, `--${name}`)]));
  const front = readFront({ flags, args: {} }, process.env, ownStreams);
  const reporter = createReporter(front);
  if (failure.code === "defect" && thrown instanceof Error) reporter.detail(thrown.stack ?? thrown.message);
  try {
    if (front.isJson) await reporter.document({ ok: false, failure });
    else reporter.failure(failure);
  } finally {
    finish(exitCodeOf(failure));
  }
}

/** Whatever is still open (a socket, standard input) must not keep the program from ending. */
function finish(exitCode: number): void {
  process.stderr.write("", () => process.stdout.write("", () => process.exit(exitCode)));
}
