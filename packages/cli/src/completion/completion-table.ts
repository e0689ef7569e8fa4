import type { Completes } from "@hexuser/core";

// What a command line can be completed with, as `build/generate.ts` writes it down.

/** A value: some that are known, or what is found on this machine. Neither: only the person knows it. */
export interface CompletedValue {
  readonly choices?: readonly string[] | undefined;
  readonly completes?: Completes | undefined;
}

export interface CompletedFlag extends CompletedValue {
  readonly name: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly repeatable: boolean;
}

export interface CompletedCommand {
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  readonly args: readonly CompletedValue[];
}

export interface CompletionTable {
  /** By the words of the command. */
  readonly commands: Readonly<Record<string, CompletedCommand>>;
  /** What is said of a topic, by its word. */
  readonly topics: Readonly<Record<string, string>>;
  readonly globalFlags: readonly CompletedFlag[];
}
