import { helpText, readCommandLine, UsageError } from "./command-line.ts";
import { startSandbox } from "./start-sandbox.ts";

/** How to end after wrong usage, and after a start that failed. */
const exitCodes = { usage: 2, start: 1 } as const;

function fail(error: unknown, code: number): never {
  process.stderr.write(`hexuser-sandbox: ${error instanceof Error ? error.message : String(error)}\n`);
  if (code === exitCodes.usage) {
    process.stderr.write("To fix: see hexuser-sandbox --help\n");
  }
  process.exit(code);
}

function readCommand() {
  try {
    return readCommandLine(process.argv.slice(2));
  } catch (error) {
    return fail(error, exitCodes.usage);
  }
}

async function start(): Promise<void> {
  const command = readCommand();
  if (command.help) {
    process.stdout.write(helpText);
    return;
  }
  const sandbox = await startSandbox(command.options).catch((error: unknown) =>
    fail(
      error,
      error instanceof TypeError || error instanceof UsageError ? exitCodes.usage : exitCodes.start,
    ),
  );
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      void sandbox.close().then(() => process.exit(0));
    });
  }
  const { url, apiUrl } = sandbox;
  process.stdout.write(
    command.json
      ? `${JSON.stringify({ url, apiUrl, pid: process.pid })}\n`
      : `Listening on ${url}\nAPI: HEX_API_URL=${apiUrl}\nMail: ${url}/outbox\nStop with Ctrl-C.\n`,
  );
}

await start();
