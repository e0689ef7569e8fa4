import { fail } from "@hexuser/core";
import type { Environment } from "../env/variables.ts";
import type { ItemStore } from "../keychain/item-store.ts";
import { helperEnvironment } from "../process/child-environment.ts";
import { type ProgramEnd, runProgram } from "../process/run-program.ts";
import { findProgram, type HelperPlace, programName } from "./find-program.ts";
import { type Asked, helperFailure, unexpectedAnswer } from "./helper-failure.ts";

export interface HelperOptions {
  /** `pass` for `docker-credential-pass` on the PATH, or the absolute path of a program. */
  readonly name: string;
  readonly env: Environment;
  readonly platform?: NodeJS.Platform;
  /** Milliseconds that the helper may take; longer where a person can be asked for a password. */
  readonly limit?: number | undefined;
  /** Variables that the helper gets besides the usual ones, as names, or as prefixes with a `*` at the end. */
  readonly passOn?: readonly string[] | undefined;
  /** Is told when the helper seems to wait for the person. */
  readonly notify?: ((message: string) => void) | undefined;
}

/** Milliseconds. */
const usualLimit = 30_000;
/** Milliseconds after which the person is told what is waited for. */
const patience = 3_000;

/** What the items are stored under; helpers show it beside the address. */
const username = "hexuser";

/**
 * As all helpers that are made with Docker's library say it (docker-credential-helpers, credentials/error.go), in a line
 * of its own: “gpg: command not found” is another matter.
 */
const notFound = /^(?:.*: *)?credentials not found(?: in native keychain)?\W*$/im;

/**
 * A store over a program that speaks the protocol of Docker's credential helpers: the action as its argument, an
 * address or JSON on stdin, JSON on stdout; errors come on stdout, too, with another exit code than 0. Its items
 * are named by addresses (`ServerURL`).
 *
 * What was stored is read back, and what was erased is looked for: there are helpers that report success for
 * neither. `location`: https://github.com/docker/docker-credential-helpers
 */
export function helperStore(options: HelperOptions): ItemStore {
  const ask = (action: Asked["action"], input: string, secret?: string) =>
    askHelper(options, action, input, secret);
  const get = async (url: string): Promise<string | undefined> => {
    const { asked, end } = await ask("get", url);
    // Some helpers answer an empty secret for what they don't have.
    return isAbsent(end) ? undefined : secretIn(succeeded(asked, end), url, asked) || undefined;
  };
  return {
    get,
    async set(url, text) {
      const input = JSON.stringify({ ServerURL: url, Username: username, Secret: text });
      const { asked, end } = await ask("store", `${input}\n`, text);
      succeeded(asked, end);
      if ((await get(url)) !== text) {
        throw notKept(asked, "does not give back what it was given");
      }
    },
    async remove(url) {
      const { asked, end } = await ask("erase", url);
      // Helpers differ in what they say of an item that isn't there.
      if ((await get(url)) !== undefined) {
        succeeded(asked, end);
        throw notKept(asked, "still has what it was to remove");
      }
    },
    async names() {
      const { asked, end } = await ask("list", "");
      return Object.keys(objectIn(succeeded(asked, end), asked));
    },
  };
}

async function askHelper(options: HelperOptions, action: Asked["action"], input: string, secret?: string) {
  const { env, platform = process.platform, limit = usualLimit } = options;
  const place: HelperPlace = { name: options.name, env, platform };
  const program = programName(place);
  const asked: Asked = { backend: `helper:${options.name}`, program, action, limit, secret };
  const path = await findProgram(place);
  const notice = setTimeout(() => {
    options.notify?.(
      `Waiting for ${program}: it may be asking you to unlock something (at most ${limit / 1000} seconds).`,
    );
  }, patience);
  try {
    const end = await runProgram({
      path,
      args: [action],
      input,
      env: helperEnvironment(env, platform, options.passOn),
      limit,
      outlives: action === "store" || action === "erase",
    });
    return { asked, end };
  } finally {
    clearTimeout(notice);
  }
}

function isAbsent(end: ProgramEnd): boolean {
  return end.end === "exit" && end.code !== 0 && [end.stdout, end.stderr].some((text) => notFound.test(text));
}

function succeeded(asked: Asked, end: ProgramEnd): string {
  if (end.end === "exit" && end.code === 0) return end.stdout;
  throw helperFailure(asked, end);
}

function secretIn(text: string, url: string, asked: Asked): string {
  const { ServerURL: server, Secret: secret } = objectIn(text, asked);
  const isOther = typeof server === "string" && server !== "" && !isSameAddress(server, url);
  if (typeof secret !== "string" || isOther) {
    throw unexpectedAnswer(asked);
  }
  return secret;
}

/** What was kept for another registry must not be taken for this one's. */
function isSameAddress(one: string, other: string): boolean {
  return URL.canParse(one) && new URL(one).href === new URL(other).href;
}

function objectIn(text: string, asked: Asked): Record<string, unknown> {
  const value = parse(text) ?? parse(text.trimEnd().split("\n").at(-1) ?? "");
  // Not the error itself: it quotes the text.
  if (value === undefined) throw unexpectedAnswer(asked);
  // A helper with nothing to list may say so by `null`.
  if (value === null && asked.action === "list") return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw unexpectedAnswer(asked);
  return value as Record<string, unknown>;
}

/** Some helpers print a warning first; then the last line is the JSON. Gives `undefined` for what is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notKept({ program, backend }: Asked, what: string) {
  return fail("storage_write_failed", `${program} reports success, but ${what}.`, {
    hint: `run \`${program} list\` to see what it holds, or name another helper with --backend helper:NAME.`,
    details: { backend, reason: "not_kept" },
  });
}
