import { parseArgs } from "node:util";
import { type RegistryKind, registryKinds } from "./behavior.ts";
import type { Fault } from "./control/faults.ts";
import { defaultSettings, type Settings } from "./registry.ts";
import type { SandboxOptions } from "./start-sandbox.ts";
import { startSandbox } from "./start-sandbox.ts";

/** Wrong usage of the command line. The person who started the program reads its message. */
class UsageError extends Error {}

/** The parsed command line. */
type Command = { help: true } | { help: false; json: boolean; options: SandboxOptions };

/** Flags that set a number, and the setting for each of them. */
const numberFlags = {
  "device-code-lifetime": "deviceCodeLifetime",
  "access-token-lifetime": "accessTokenLifetime",
  "refresh-token-lifetime": "refreshTokenLifetime",
  "polling-interval": "pollingInterval",
  "user-rate-limit": "userRateLimit",
  "address-rate-limit": "addressRateLimit",
  delay: "delayMs",
} as const satisfies Record<string, keyof Settings>;

/** The text of `--help`. */
const helpText = `A local Hex registry for trials and tests. It listens only on 127.0.0.1 and sends no mail (see /outbox).
Without --data, it stores its state in memory.

Usage: hexuser-sandbox [flags]

  --kind NAME                  the server to imitate: ${registryKinds.slice(0, 2).join(", ")},
                               ${registryKinds.slice(2).join(", ")} (default: current-basic-off)
  --port N                     the port; 0 chooses a free one (default: 0)
  --data FILE                  store the state in a SQLite file
  --json                       print one line of JSON when it listens: {"url", "apiUrl", "pid"}
  --help                       print this text

Lifetimes and limits (durations in seconds; defaults are hex.pm's):
  --device-code-lifetime N     lifetime of a device code (${defaultSettings.deviceCodeLifetime})
  --access-token-lifetime N    lifetime of an access token (${defaultSettings.accessTokenLifetime})
  --refresh-token-lifetime N   lifetime of a refresh token (${defaultSettings.refreshTokenLifetime})
  --polling-interval N         the interval at which a device may poll (${defaultSettings.pollingInterval})
  --user-rate-limit N          requests per minute for a user (${defaultSettings.userRateLimit})
  --address-rate-limit N       requests per minute for an address (${defaultSettings.addressRateLimit})
  --limit-loopback             count requests from this machine too
  --clock-offset N             seconds by which the clock is ahead (0); for a slow clock: --clock-offset=-60
  --no-confirm                 confirm new accounts at once, and send no email

Faults:
  --delay MS                   delay every answer by this number of milliseconds (0)
  --fault JSON                 as for POST /sandbox/faults; you can repeat this flag:
                               --fault '{"path": "/api/keys", "status": 503, "times": 2}'

You can change all settings while the sandbox runs, under /sandbox/: see the README of the package.

Examples:
  hexuser-sandbox --port 4000 --data sandbox.sqlite
  curl -X POST http://127.0.0.1:4000/sandbox/users -d '{"username": "alice", "twoFactor": true}'
  HEX_API_URL=http://127.0.0.1:4000/api hexuser auth
`;

/**
 * Reads the command line.
 * @param args without the program's name
 * @throws UsageError when a flag does not exist, or its value cannot be used
 */
function readCommandLine(args: readonly string[]): Command {
  const values = parseFlags(args);
  if (values.help) return { help: true };
  const settings: Partial<Settings> = {
    ...(values["limit-loopback"] && { limitLoopback: true }),
    ...(values["no-confirm"] && { confirmEmails: false }),
  };
  for (const [flag, setting] of Object.entries(numberFlags)) {
    const value = values[flag as keyof typeof numberFlags];
    if (value !== undefined) {
      settings[setting] = readNumber(flag, value, 0);
    }
  }
  const port = readNumber("port", values.port ?? "0", 0);
  if (port > 65_535) throw new UsageError("--port must be at most 65535");
  return {
    help: false,
    json: values.json ?? false,
    options: {
      kind: readKind(values.kind),
      port,
      settings,
      faults: (values.fault ?? []).map(readFault),
      clockOffset: readNumber("clock-offset", values["clock-offset"] ?? "0"),
      ...(values.data !== undefined && { data: values.data }),
    },
  };
}

function parseFlags(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        kind: text,
        port: text,
        data: text,
        json: flag,
        help: { ...flag, short: "h" },
        "device-code-lifetime": text,
        "access-token-lifetime": text,
        "refresh-token-lifetime": text,
        "polling-interval": text,
        "user-rate-limit": text,
        "address-rate-limit": text,
        "limit-loopback": flag,
        "clock-offset": text,
        "no-confirm": flag,
        delay: text,
        fault: { ...text, multiple: true },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.split(/\.\s/)[0]);
  }
}

function readNumber(flag: string, text: string, least = Number.NEGATIVE_INFINITY): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isInteger(number) || number < least) {
    const kind = least === 0 ? "a whole number, 0 or more" : "a whole number";
    throw new UsageError(`--${flag} must be ${kind}, not ${JSON.stringify(text)}`);
  }
  return number;
}

function readKind(name = "current-basic-off"): RegistryKind {
  const known = registryKinds.find((kind) => kind === name);
  if (known === undefined) {
    throw new UsageError(`--kind must be one of ${registryKinds.join(", ")}, not ${JSON.stringify(name)}`);
  }
  return known;
}

function readFault(text: string): Fault {
  try {
    return JSON.parse(text) as Fault;
  } catch {
    throw new UsageError(`--fault must be JSON, not ${JSON.stringify(text)}`);
  }
}

/** The exit codes after wrong usage and after a failed start. */
const exitCodes = { usage: 2, start: 1 } as const;

function fail(error: unknown, code: number): never {
  process.stderr.write(`hexuser-sandbox: ${error instanceof Error ? error.message : String(error)}\n`);
  if (code === exitCodes.usage) process.stderr.write("To fix: see hexuser-sandbox --help\n");
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
