import { hasFlag, type Resolved, resolveCommand } from "../argv/resolve-command.ts";
import { version } from "../host/version.generated.ts";

/** The parts of the program, which are loaded on demand: the program for commands, the help, and completion. */
export interface Parts {
  program(): Promise<Pick<typeof import("./dispatch.ts"), "dispatch">>;
  help(): Promise<{ readonly help: Readonly<Record<string, string>> }>;
  /** Wraps help for a narrow terminal. */
  fitHelp(): Promise<Pick<typeof import("../text/fit-help.ts"), "fitHelp">>;
  completion(): Promise<typeof import("../completion/answer-completion.ts")>;
}

/** The first argument with which a shell's completion script starts the program. */
const completeArgument = "--complete";

/** Does what the arguments say. The version is already loaded. Everything else is loaded on demand. */
export async function start(argv: readonly string[], load: Parts): Promise<void> {
  if (argv[0] === completeArgument) return complete(argv.slice(1), load);
  const asksForHelp = argv.length === 0 || argv[0] === "help";
  const resolved = resolveCommand(argv[0] === "help" ? argv.slice(1) : argv);
  const text = await findText(resolved, asksForHelp, load);
  if (text !== undefined) return print(text);
  const signal = watchInterrupts();
  interpretSchemas();
  permitNoUser();
  if (resolved.name === "wizard") hideKeys();
  const { dispatch } = await load.program();
  await dispatch(resolved, signal);
}

/** Keeps the terminal from echoing what is typed while the wizard is loaded. The wizard reads it then. */
function hideKeys(): void {
  if (process.getBuiltinModule("node:tty").isatty(0)) process.stdin.setRawMode(true);
}

/**
 * Makes zod interpret schemas. By default zod compiles a parser for each object, which takes longer than parsing in
 * most commands.
 */
function interpretSchemas(): void {
  Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
}

/**
 * oclif looks up the home and the shell of this user, and fails if the system doesn't know the user, which is common in
 * containers. An empty variable keeps it from looking, and counts as unset.
 */
function permitNoUser(): void {
  const { env, platform } = process;
  if (platform === "win32" || (env.HOME !== undefined && env.SHELL !== undefined)) return;
  try {
    process.getBuiltinModule("node:os").userInfo();
  } catch {
    env.HOME ??= "";
    env.SHELL ??= "";
  }
}

async function complete(args: readonly string[], load: Parts): Promise<void> {
  const { answerCompletion, homeForCompletion } = await load.completion();
  const { text, exitCode } = answerCompletion(args, homeForCompletion(process.env));
  process.exitCode = exitCode;
  print(text);
}

/** Finds the version or the help, which the build made. It loads nothing else. */
async function findText(
  { kind, name, rest }: Resolved,
  asksForHelp: boolean,
  load: Parts,
): Promise<string | undefined> {
  if (kind === "unknown") return undefined;
  if (hasFlag(rest, "--version")) return `hexuser ${version}\n`;
  if (!asksForHelp && !hasFlag(rest, "--help", "-h")) return undefined;
  const text = (await load.help()).help[name];
  const columns = terminalColumns();
  if (text === undefined || columns >= helpColumns) return text;
  return (await load.fitHelp()).fitHelp(text, columns);
}

/** Columns for which the build makes the help. */
const helpColumns = 80;

/**
 * The columns of the terminal on standard output. Returns infinity for a pipe, a file or an unknown width. It loads
 * Node's modules for terminals only for a terminal, because loading them takes longer than everything before it.
 */
function terminalColumns(): number {
  const { fstatSync, statSync } = process.getBuiltinModule("node:fs");
  try {
    const { rdev } = fstatSync(1);
    const isDevice = rdev !== 0 && rdev !== statSync("/dev/null", { throwIfNoEntry: false })?.rdev;
    return (
      (isDevice || process.platform === "win32" ? process.stdout.columns : 0) || Number.POSITIVE_INFINITY
    );
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/**
 * Writes to standard output. Opening the stream takes longer than everything before it. So hexuser opens it only for
 * bytes that can't be written at once (a full non-blocking pipe), and on Windows, where only the stream writes UTF-8 to
 * consoles.
 */
function print(text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  if (process.platform !== "win32") {
    const { writeSync } = process.getBuiltinModule("node:fs");
    try {
      while (written < bytes.length) written += writeSync(1, bytes, written);
      return;
    } catch {
      // The stream writes the rest, or finds that nobody reads it.
    }
  }
  process.stdout.on("error", () => {});
  process.stdout.write(bytes.subarray(written));
}

/** Milliseconds that a command has to undo what it began. */
const graceful = 1500;
const exitCode = 130;

/**
 * Aborts the signal on the first Ctrl-C, so that the command stops waiting and undoes what it began. If that takes too
 * long, or on the second Ctrl-C, the process ends at once.
 */
function watchInterrupts(): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(exitCode);
    controller.abort();
    setTimeout(() => process.exit(exitCode), graceful).unref();
  };
  // A cancelled job or a closed terminal also makes hexuser undo what it began.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  process.once("SIGTSTP", stopAll);
  return controller.signal;
}

/**
 * Stops the whole pipeline on Ctrl-Z while a question is open. In that case Node, not the terminal, sends the signal,
 * and only to this process. A shell prompts again only when the whole pipeline has stopped.
 */
function stopAll(): void {
  process.once("SIGCONT", () => process.once("SIGTSTP", stopAll));
  process.kill(0, "SIGTSTP");
}
