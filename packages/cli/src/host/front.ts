import { isatty } from "node:tty";
import type { Terminal } from "@hexuser/wizard";
import type { Options } from "../argv/options.ts";
import { terminalColumns } from "../text/terminal-columns.ts";
import { type Environment, isColorUnwanted, isContinuousIntegration, isPlainWanted } from "./settings.ts";

/** How hexuser talks with the person or program that started it. */
export interface Front {
  /** Somebody is there who can be asked. */
  readonly isInteractive: boolean;
  /** Keeps hexuser from asking, although somebody is at the terminal. */
  readonly silencedBy: "--no-input" | "CI" | undefined;
  /** Standard error is a terminal: a line can be written over. */
  readonly isTerminal: boolean;
  readonly isJson: boolean;
  /** The part of the JSON document to print; without it, the whole document. */
  readonly filter: Pick<Options, "fields" | "jq"> | undefined;
  /** Lists are printed as tab-separated values. */
  readonly isTsv: boolean;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  /** For screen readers and terminals that can't redraw: what is written stays, line after line. */
  readonly isPlain: boolean;
  /** Colours on standard output, and on standard error. */
  readonly colors: { readonly out: boolean; readonly error: boolean };
  /** The columns of the terminal on standard output; absent for a pipe or a file. */
  readonly width: number | undefined;
}

/** The three streams, as far as this matters. */
export interface Streams {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { readonly isTTY?: boolean };
}

/** This process's streams. Standard input is not opened for the question: many commands never read it. */
export const ownStreams: Streams = {
  get stdin() {
    return { isTTY: isatty(0) };
  },
  get stdout() {
    return process.stdout;
  },
  get stderr() {
    return process.stderr;
  },
};

/** Finds out whether somebody can be asked, and how what is written should look. */
export function readFront(options: Partial<Options>, env: Environment, streams: Streams): Front {
  const { stdin, stdout, stderr } = streams;
  const isFiltered = options.fields !== undefined || options.jq !== undefined;
  const isColorless = isColorUnwanted(options, env);
  const canAnswer = stdin.isTTY === true && stderr.isTTY === true;
  const silence = options.noInput === true ? "--no-input" : isContinuousIntegration(env) ? "CI" : undefined;
  return {
    isInteractive: canAnswer && silence === undefined,
    silencedBy: canAnswer ? silence : undefined,
    isTerminal: stderr.isTTY === true,
    isJson: options.json === true || isFiltered,
    filter: isFiltered ? options : undefined,
    isTsv: options.format === "tsv",
    isQuiet: options.quiet === true,
    isVerbose: options.verbose === true,
    isPlain: isPlainWanted(options, env),
    colors: { out: !isColorless && stdout.isTTY === true, error: !isColorless && stderr.isTTY === true },
    width: stdout.isTTY === true ? terminalColumns(stdout) : undefined,
  };
}

/**
 * The person's terminal, for questions: on standard error, since standard output belongs to the data. None where nobody
 * is there who can be asked.
 */
export function createTerminal(
  front: Pick<Front, "isInteractive" | "colors" | "isPlain">,
  signal: AbortSignal,
  { canGoBack }: Pick<Terminal, "canGoBack">,
): Terminal | undefined {
  if (!front.isInteractive) return undefined;
  return {
    input: process.stdin,
    output: process.stderr,
    signal,
    hasColors: front.colors.error,
    isPlain: front.isPlain,
    canGoBack,
    columns: () => Math.max(20, terminalColumns(process.stderr)),
  };
}
