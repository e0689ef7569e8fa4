import { answerCompletion, completeArgument } from "./completion/answer-completion.ts";
import { help, version } from "./help.generated.ts";
import { watchInterrupts } from "./interrupt.ts";
import { hasFlag, resolveCommand } from "./resolve-command.ts";

/** What runs commands. */
export type Program = Pick<typeof import("./run.ts"), "run">;

/**
 * Does what the arguments say. The version and the help are there already; only for a command the program is loaded.
 */
export async function start(argv: readonly string[], load: () => Promise<Program>): Promise<void> {
  if (argv[0] === completeArgument) return complete(argv.slice(1));
  const interruption = watchInterrupts();
  const text = findText(argv);
  if (text === undefined) {
    const { run } = await load();
    await run(argv, interruption);
  } else {
    process.stdout.on("error", () => {});
    process.stdout.write(text);
  }
}

function complete(args: readonly string[]): void {
  const { homedir } = process.getBuiltinModule("node:os");
  const { text, exitCode } = answerCompletion(args, {
    env: process.env,
    homedir: homedir(),
    platform: process.platform,
  });
  process.exitCode = exitCode;
  process.stdout.on("error", () => {});
  process.stdout.write(text);
}

/** The version and the help were made when the program was built: they need nothing that takes time to load. */
function findText(typed: readonly string[]): string | undefined {
  const asksForHelp = typed[0] === "help";
  const resolved = resolveCommand(asksForHelp ? typed.slice(1) : typed);
  if (resolved.kind === "unknown") return undefined;
  if (hasFlag(resolved.rest, "--version")) return `hexuser ${version}\n`;
  const name = resolved.kind === "command" ? resolved.command.name : resolved.name;
  const isHelp = asksForHelp || hasFlag(resolved.rest, "--help", "-h") || typed.length === 0;
  return isHelp ? help[name] : undefined;
}
