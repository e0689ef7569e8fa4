import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { posix, win32 } from "node:path";
import { type FailureError, fail, hint } from "@hexuser/core";
import type { Environment } from "../file/directories.ts";
import type { ItemStore } from "../keychain/item-store.ts";
import { helperEnvironment } from "../process/child-environment.ts";
import { type ProgramEnd, runProgram } from "../process/run-program.ts";
import { type Asked, anotherHelper, helperFailure, unexpectedAnswer } from "./helper-failure.ts";

export interface HelperOptions {
  /** `pass` for `docker-credential-pass` on the PATH, or the absolute path of a program. */
  readonly name: string;
  readonly env: Environment;
  readonly platform?: NodeJS.Platform;
  /** Milliseconds that the helper may take. It needs more if it can ask a person for a password. */
  readonly limit?: number | undefined;
  /** Variables that the helper gets besides the usual ones, by name, or by prefix with a `*` at the end. */
  readonly passOn?: readonly string[] | undefined;
  /** Takes a notice when the helper seems to wait for the person. */
  readonly notify?: ((message: string) => void) | undefined;
  /** Leaves the terminal to the helper while it runs. */
  readonly lend?: (<T>(run: () => Promise<T>) => Promise<T>) | undefined;
}

/** Milliseconds. */
const usualLimit = 30_000;
/** Milliseconds until the notice. */
const patience = 3_000;

/** The user of each item. Helpers show it beside the address. */
const username = "hexuser";

/**
 * The line of all helpers that use Docker's library (docker-credential-helpers, credentials/error.go), and a name that
 * some programs put before it. It must be the whole line: a cache in front of a vault may say that it has nothing.
 */
const notFound = /^(?:(?<program>\S+): +)?credentials not found(?: in native keychain)?$/i;

/** The end of a helper's name, after `docker-credential-`. */
const helperName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * A store over a program that speaks the protocol of Docker's credential helpers: it takes the action as its argument
 * and an address or JSON on stdin, and prints JSON on stdout. Errors come on stdout, too, with an exit code other than
 * 0. The items are named by addresses (`ServerURL`).
 *
 * It reads each stored item back and looks for each erased item, because some helpers report success when they failed.
 * Protocol: https://github.com/docker/docker-credential-helpers
 */
export function helperStore(options: HelperOptions): ItemStore {
  const ask = (action: Asked["action"], input: string, secret?: string) =>
    askHelper(options, action, input, secret);
  const get = async (url: string): Promise<string | undefined> => {
    const { asked, end } = await ask("get", url);
    // For an item that doesn't exist, some helpers answer with an empty secret.
    return isAbsent(asked, end) ? undefined : secretIn(succeeded(asked, end), url, asked) || undefined;
  };
  return {
    get,
    async set(url, text) {
      const input = JSON.stringify({ ServerURL: url, Username: username, Secret: text });
      const { asked, end } = await ask("store", `${input}\n`, text);
      succeeded(asked, end);
      if ((await get(url)) !== text) throw notKept(asked, "it does not return the stored item");
    },
    async remove(url) {
      const { asked, end } = await ask("erase", url);
      // For an item that doesn't exist, helpers answer in different ways.
      if ((await get(url)) !== undefined) {
        succeeded(asked, end);
        throw notKept(asked, "it still has the removed item");
      }
    },
    async names() {
      const { asked, end } = await ask("list", "");
      return Object.keys(objectIn(succeeded(asked, end), asked));
    },
  };
}

async function askHelper(options: HelperOptions, action: Asked["action"], input: string, secret?: string) {
  const { name, env, platform = process.platform, limit = usualLimit } = options;
  const program = programName({ name, platform });
  const asked: Asked = { backend: `helper:${name}`, program, action, limit, secret };
  const path = await findProgram({ name, env, platform });
  const notice = setTimeout(() => {
    options.notify?.(
      `Waiting for ${program}: it may be asking you to unlock something (at most ${limit / 1000} seconds).`,
    );
  }, patience);
  try {
    const { lend = (run) => run() } = options;
    const end = await lend(() =>
      runProgram({
        path,
        args: [action],
        input,
        env: helperEnvironment(env, platform, options.passOn),
        limit,
        outlives: action === "store" || action === "erase",
      }),
    );
    return { asked, end };
  } finally {
    clearTimeout(notice);
  }
}

/** Errors belong on stdout, so stderr counts only if stdout is blank: it may hold the log of a helper that failed. */
function isAbsent({ program }: Asked, end: ProgramEnd): boolean {
  if (end.end !== "exit" || end.code === 0) return false;
  const lines = (end.stdout.trim() || end.stderr.trim()).split(/\r\n|\r|\n/);
  const line = notFound.exec(lines.at(-1)?.trim() ?? "");
  if (line === null) return false;
  const named = line.groups?.program;
  return named === undefined || nameWithoutFolder(named) === nameWithoutFolder(program);
}

function nameWithoutFolder(program: string): string {
  return (program.split(/[\\/]/).at(-1) ?? "").toLowerCase().replace(/\.exe$/, "");
}

function succeeded(asked: Asked, end: ProgramEnd): string {
  if (end.end === "exit" && end.code === 0) return end.stdout;
  throw helperFailure(asked, end);
}

function secretIn(text: string, url: string, asked: Asked): string {
  const { ServerURL: server, Secret: secret } = objectIn(text, asked);
  const isOther = typeof server === "string" && server !== "" && !isSameAddress(server, url);
  if (typeof secret !== "string" || isOther) throw unexpectedAnswer(asked);
  return secret;
}

/** The credentials of one registry must not be sent to another one. */
function isSameAddress(one: string, other: string): boolean {
  return URL.canParse(one) && new URL(one).href === new URL(other).href;
}

function objectIn(text: string, asked: Asked): Record<string, unknown> {
  const value = parse(text) ?? parse(text.trimEnd().split("\n").at(-1) ?? "");
  // The cause is left out, because it quotes the text.
  if (value === undefined) throw unexpectedAnswer(asked);
  // A helper with nothing to list may print `null`.
  if (value === null && asked.action === "list") return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw unexpectedAnswer(asked);
  return value as Record<string, unknown>;
}

/** Some helpers print a warning before the JSON, so the last line counts, too. `undefined`: the text isn't JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notKept({ program, backend }: Asked, what: string): FailureError {
  return fail("storage_write_failed", `${program} reports success, but ${what}.`, {
    hint: hint`run \`${program} list\` to see its items, or ${anotherHelper}`,
    details: { backend, reason: "not_kept" },
  });
}

type HelperPlace = Required<Pick<HelperOptions, "name" | "env" | "platform">>;

/** The name of the program: `docker-credential-pass`. */
export function programName({ name, platform }: Omit<HelperPlace, "env">): string {
  return isPath(name, platform) ? name : `docker-credential-${name}`;
}

/** Fails with `invalid_input` for a name that no helper can have. */
export function checkHelperName({ name, platform }: HelperPlace): void {
  if (isPath(name, platform) || helperName.test(name)) return;
  throw fail("invalid_input", "A credential helper can't have this name.", {
    hint: hint`give the backend helper:NAME, where docker-credential-NAME is a program on the PATH, or helper: and its absolute path.`,
  });
}

/**
 * Finds the program of a helper. It ignores relative folders on the PATH, because the owner of the working directory
 * could put another program there. Fails with `storage_unavailable` if it finds no program that can be run.
 */
async function findProgram(place: HelperPlace): Promise<string> {
  checkHelperName(place);
  const { name, env, platform } = place;
  const isGiven = isPath(name, platform);
  const { isAbsolute, join, delimiter } = platform === "win32" ? win32 : posix;
  const file = programName(place) + (platform === "win32" && !/\.exe$/i.test(name) ? ".exe" : "");
  const folders = (env.PATH ?? env.Path ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  for (const candidate of isGiven ? [file] : folders.map((folder) => join(folder, file))) {
    if (await isProgram(candidate)) return candidate;
  }
  const why = isGiven
    ? `There is no program at ${name} that can be run.`
    : `There is no program ${programName(place)} on the PATH.`;
  throw fail("storage_unavailable", why, {
    hint: hint`install that credential helper, or ${anotherHelper}`,
    details: { backend: `helper:${name}`, reason: "missing" },
  });
}

function isPath(name: string, platform: NodeJS.Platform): boolean {
  return platform === "win32" ? /^[A-Za-z]:[\\/]/.test(name) : name.startsWith("/");
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
