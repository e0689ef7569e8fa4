import { watchInterrupts } from "./interrupt.ts";
import { hasFlag, resolveCommand } from "./resolve-command.ts";
import { version } from "./version.generated.ts";

/** What is loaded when the arguments ask for it: the program, for any command; all help; what completes command lines. */
export interface Parts {
  program(): Promise<Pick<typeof import("./run.ts"), "run">>;
  help(): Promise<{ readonly help: Readonly<Record<string, string>> }>;
  completion(): Promise<typeof import("./completion/answer-completion.ts")>;
}

/** The first argument with which a shell's completion script starts the program. */
const completeArgument = "--complete";

/** Does what the arguments say. The version is there already; everything else is a part that has to be loaded. */
export async function start(argv: readonly string[], load: Parts): Promise<void> {
  if (argv[0] === completeArgument) return complete(argv.slice(1), load);
  const text = await findText(argv, load);
  if (text !== undefined) return print(text);
  const interruption = watchInterrupts();
  interpretSchemas();
  const { run } = await load.program();
  await run(argv, interruption);
}

/** zod would compile a parser for each object, which takes longer than all that most commands parse. It looks here first. */
function interpretSchemas(): void {
  Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
}

async function complete(args: readonly string[], load: Parts): Promise<void> {
  const { answerCompletion, homeForCompletion } = await load.completion();
  const { text, exitCode } = answerCompletion(args, homeForCompletion(process.env));
  process.exitCode = exitCode;
  print(text);
}

/** The version and the help were made when the program was built: nothing else is loaded for them. */
async function findText(typed: readonly string[], load: Parts): Promise<string | undefined> {
  const asksForHelp = typed[0] === "help";
  const resolved = resolveCommand(asksForHelp ? typed.slice(1) : typed);
  if (resolved.kind === "unknown") return undefined;
  if (hasFlag(resolved.rest, "--version")) return `hexuser ${version}\n`;
  const name = resolved.kind === "command" ? resolved.command.name : resolved.name;
  const isHelp = asksForHelp || hasFlag(resolved.rest, "--help", "-h") || typed.length === 0;
  return isHelp ? (await load.help()).help[name] : undefined;
}

/**
 * Writes to standard output. Opening the stream takes longer than all that is done before, so it's opened only for what
 * can't be written at once (a full pipe that doesn't block), and on Windows, where it alone writes UTF-8 to consoles.
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
