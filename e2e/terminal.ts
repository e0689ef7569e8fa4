import { stripVTControlCharacters } from "node:util";
import { type IPty, spawn } from "@lydell/node-pty";
import { hexuserPath } from "./hexuser-environment.ts";
import type { RunOptions } from "./run-hexuser.ts";

/** A program on a real pseudo-terminal. */
export interface Terminal {
  /** Waits until the text appears in the output since the last awaited text. */
  expect(text: string | RegExp): Promise<void>;
  /** Waits for the first of these, and returns its index, or −1 if the program ends. */
  expectAny(texts: readonly (string | RegExp)[]): Promise<number>;
  /** Types. `\r` is the Enter key, `\x03` Ctrl-C. */
  type(text: string): void;
  resize(columns: number, rows: number): void;
  /** Everything written so far, without control sequences and the line about a slow registry. */
  transcript(): string;
  /** Everything written so far, unchanged. */
  raw(): string;
  /** Waits for the end. */
  exit(): Promise<{ readonly code: number; readonly signal: number }>;
  kill(): void;
}

/** How to start a program on a terminal. */
export interface TerminalOptions extends Pick<RunOptions, "machine" | "env" | "program" | "limit"> {
  readonly columns?: number;
}

const shortestWait = 20;

/** The line about a slow registry, which comes and goes with the load of the machine. */
const spinning = /\r\x1b\[J(?:(?:\x1b\[2m)?[⠁-⣿] [^\r]*\r)?/g;

/** Columns that fit every sentence, for tests that aren't about wrapping. */
const wideEnough = 250;

/**
 * Starts the real program on a pseudo-terminal. If a wait exceeds the time limit, it fails with an error that shows the
 * screen.
 * @example
 * const terminal = openTerminal(["auth"], { machine });
 * await terminal.expect("Username:");
 * terminal.type("alice\r");
 */
export function openTerminal(args: readonly string[], options: TerminalOptions): Terminal {
  const limit = options.limit ?? 20_000;
  const env = { TERM: "xterm-256color", ...options.machine.env, ...options.env };
  const pty: IPty = spawn(options.program ?? hexuserPath, [...args], {
    cols: options.columns ?? wideEnough,
    rows: 30,
    cwd: options.machine.home,
    env: Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => !!entry[1])),
  });
  let written = "";
  let seen = 0;
  let ended: { code: number; signal: number } | undefined;
  pty.onData((data) => {
    written += data;
  });
  pty.onExit(({ exitCode, signal }) => {
    ended = { code: exitCode, signal: signal ?? 0 };
  });
  const transcript = () => stripVTControlCharacters(written.replaceAll(spinning, ""));

  async function until<T>(what: string, look: () => T | undefined): Promise<T> {
    const end = Date.now() + limit;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (Date.now() > end) {
        pty.kill("SIGKILL");
        throw new Error(`${what} did not come in ${limit} ms. The screen:\n${transcript()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, shortestWait));
    }
  }

  async function expectAny(texts: readonly (string | RegExp)[]): Promise<number> {
    const { index, end } = await until(texts.map((text) => `“${text}”`).join(" or "), () => {
      const fresh = transcript().slice(seen);
      const found = texts
        .map((text, index) => ({ index, ...find(fresh, text) }))
        .filter(({ at }) => at >= 0)
        .sort((one, other) => one.at - other.at)[0];
      if (found !== undefined) return { index: found.index, end: seen + found.end };
      return ended ? { index: -1, end: seen } : undefined;
    });
    seen = end;
    return index;
  }

  return {
    async expect(text) {
      if ((await expectAny([text])) >= 0) return;
      throw new Error(`It ended (${ended?.code}) before “${text}” came. The screen:\n${transcript()}`);
    },
    expectAny,
    type: (text) => pty.write(text),
    resize: (columns, rows) => pty.resize(columns, rows),
    transcript,
    raw: () => written,
    exit: () => until("The end", () => ended),
    kill: () => pty.kill("SIGKILL"),
  };
}

function find(within: string, text: string | RegExp): { at: number; end: number } {
  const at = typeof text === "string" ? within.indexOf(text) : within.search(text);
  const length = typeof text === "string" ? text.length : (text.exec(within)?.[0].length ?? 0);
  return { at, end: at + length };
}
