import { help, version } from "./help.generated.ts";
import { watchInterrupts } from "./interrupt.ts";
import { hasFlag, resolveCommand } from "./resolve-command.ts";

const interruption = watchInterrupts();
const argv = process.argv.slice(2);
const text = findText(argv);
if (text === undefined) {
  const { run } = await import("./run.ts");
  await run(argv, interruption);
} else {
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
