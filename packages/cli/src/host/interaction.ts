import { isatty } from "node:tty";
import type { Terminal } from "@hexuser/wizard";
import type { Options } from "../argv/options.ts";
import { supportsLinks } from "../text/link-addresses.ts";
import { terminalColumns } from "../text/terminal-columns.ts";
import {
  type Environment,
  isCodeHidden,
  isColorUnwanted,
  isContinuousIntegration,
  isPlainWanted,
} from "./settings.ts";
import type { StatusLine } from "./status-line.ts";

/** How hexuser talks with the person or program that started it. */
export interface Interaction {
  /** A person can be asked. */
  readonly isInteractive: boolean;
  /** Why hexuser asks nothing although a person is at the terminal. */
  readonly silencedBy: "--no-input" | "CI" | undefined;
  /** Standard error is a terminal, so a line can be overwritten. */
  readonly isTerminal: boolean;
  readonly isJson: boolean;
  /** The part of the JSON document to print. Without it, hexuser prints the whole document. */
  readonly filter: Pick<Options, "fields" | "jq"> | undefined;
  /** Print lists as tab-separated values. */
  readonly isTsv: boolean;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  /** For screen readers and terminals that can't redraw: every written line stays. */
  readonly isPlain: boolean;
  /** Two-factor codes are not shown while they are typed. */
  readonly hidesCodes: boolean;
  /** Colours on standard output and on standard error. */
  readonly colors: { readonly out: boolean; readonly error: boolean };
  /** The terminal shows addresses as links. */
  readonly hasLinks: boolean;
  /** The columns of the terminal on standard output. Absent for a pipe or a file. */
  readonly width: number | undefined;
}

/** The parts of the three streams that matter here. */
export interface Streams {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { readonly isTTY?: boolean };
}

/** This process's streams. Finding this out doesn't open standard input, because many commands never read it. */
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

/** Finds out whether a person can be asked, and how the output should look. */
export function readInteraction(options: Partial<Options>, env: Environment, streams: Streams): Interaction {
  const { stdin, stdout, stderr } = streams;
  const isFiltered = options.fields !== undefined || options.jq !== undefined;
  const isColorless = isColorUnwanted(options, env);
  const canAnswer = stdin.isTTY === true && stderr.isTTY === true;
  const silence = options.noInput === true ? "--no-input" : isContinuousIntegration(env) ? "CI" : undefined;
  const isInteractive = canAnswer && silence === undefined;
  const isPlain = isPlainWanted(options, env);
  return {
    isInteractive,
    silencedBy: canAnswer ? silence : undefined,
    isTerminal: stderr.isTTY === true,
    isJson: options.json === true || isFiltered,
    filter: isFiltered ? options : undefined,
    isTsv: options.format === "tsv",
    isQuiet: options.quiet === true,
    isVerbose: options.verbose === true,
    isPlain,
    hasLinks: isInteractive && !isPlain && supportsLinks(env),
    hidesCodes: isCodeHidden(env),
    colors: { out: !isColorless && stdout.isTTY === true, error: !isColorless && stderr.isTTY === true },
    width: stdout.isTTY === true ? terminalColumns(stdout) : undefined,
  };
}

/**
 * The person's terminal for questions. They appear on standard error, because standard output is for data. Returns
 * `undefined` if nobody can be asked.
 */
export async function createTerminal(
  interaction: Pick<Interaction, "isInteractive" | "colors" | "isPlain" | "hidesCodes">,
  signal: AbortSignal,
  { canGoBack, status }: Pick<Terminal, "canGoBack"> & { readonly status: StatusLine },
): Promise<Terminal | undefined> {
  if (!interaction.isInteractive) return undefined;
  const { createKeyboard } = await import("@hexuser/wizard/keyboard");
  return {
    // As a signal would, but on Windows, too, where a program that signals itself is killed.
    keyboard: createKeyboard(
      () => process.stdin,
      () => void process.emit("SIGINT"),
    ),
    output: {
      write(text) {
        status.clear();
        process.stderr.write(text);
      },
      get columns() {
        return process.stderr.columns;
      },
    },
    status,
    signal,
    hasColors: interaction.colors.error,
    isPlain: interaction.isPlain,
    hidesCodes: interaction.hidesCodes,
    canGoBack,
    columns: () => Math.max(20, terminalColumns(process.stderr)),
  };
}
