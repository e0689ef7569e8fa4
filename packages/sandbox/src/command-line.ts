import { parseArgs } from "node:util";
import type { Fault } from "./control/faults.ts";
import { type GenerationName, generationNames } from "./generation.ts";
import { defaultSettings, type Settings } from "./settings.ts";
import type { SandboxOptions } from "./start-sandbox.ts";

/** A mistake in how the command was called; its message is for the person who did. */
export class UsageError extends Error {}

/** What the command line asks for. */
export type Command = { help: true } | { help: false; json: boolean; options: SandboxOptions };

/** Flags that set a number, with the setting that each is for. */
const numberFlags = {
  "device-code-lifetime": "deviceCodeLifetime",
  "access-token-lifetime": "accessTokenLifetime",
  "refresh-token-lifetime": "refreshTokenLifetime",
  "polling-interval": "pollingInterval",
  "user-rate-limit": "userRateLimit",
  "address-rate-limit": "addressRateLimit",
  delay: "delayMs",
} as const satisfies Record<string, keyof Settings>;

/** What `--help` prints. */
export const helpText = `A local Hex registry to try and to test against. It listens on 127.0.0.1 alone, sends no mail
(see /outbox), and keeps its state in memory unless told otherwise.

Usage: hexuser-sandbox [flags]

  --generation NAME            which server to behave as: ${generationNames.slice(0, 2).join(", ")},
                               ${generationNames.slice(2).join(", ")} (default: current-basic-off)
  --port N                     the port; 0 is a free one (default: 0)
  --data FILE                  keep the state in a SQLite file
  --json                       print one line of JSON when listening: {"url", "apiUrl", "pid"}
  --help                       print this text

Lifetimes and limits (durations in seconds; defaults are hex.pm's):
  --device-code-lifetime N     how long a device code lasts (${defaultSettings.deviceCodeLifetime})
  --access-token-lifetime N    how long an access token lasts (${defaultSettings.accessTokenLifetime})
  --refresh-token-lifetime N   how long a refresh token lasts (${defaultSettings.refreshTokenLifetime})
  --polling-interval N         the interval that a device is told to poll in (${defaultSettings.pollingInterval})
  --user-rate-limit N          requests a minute for a user (${defaultSettings.userRateLimit})
  --address-rate-limit N       requests a minute for an address (${defaultSettings.addressRateLimit})
  --limit-loopback             count requests from this machine too
  --clock-offset N             seconds that the clock is ahead (0); behind: --clock-offset=-60
  --no-confirm                 new accounts count as confirmed, and no message is sent

Trouble on demand:
  --delay MS                   hold every answer back by so many milliseconds (0)
  --fault JSON                 what POST /sandbox/faults takes; can be given several times:
                               --fault '{"path": "/api/keys", "status": 503, "times": 2}'

All of it can be changed while it runs, under /sandbox/: see the README of the package.

Try:
  hexuser-sandbox --port 4000 --data sandbox.sqlite
  curl -X POST http://127.0.0.1:4000/sandbox/users -d '{"username": "alice", "twoFactor": true}'
  HEX_API_URL=http://127.0.0.1:4000/api hexuser auth
`;

/**
 * Reads the command line.
 * @param args without the program's name
 * @throws UsageError when a flag does not exist, or its value cannot be used
 */
export function readCommandLine(args: readonly string[]): Command {
  const values = parseFlags(args);
  if (values.help) {
    return { help: true };
  }
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
  if (port > 65_535) {
    throw new UsageError("--port must be 65535 at most");
  }
  return {
    help: false,
    json: values.json ?? false,
    options: {
      generation: readGeneration(values.generation),
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
        generation: text,
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

function readGeneration(name = "current-basic-off"): GenerationName {
  const known = generationNames.find((generation) => generation === name);
  if (known === undefined) {
    throw new UsageError(
      `--generation must be one of ${generationNames.join(", ")}, not ${JSON.stringify(name)}`,
    );
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
