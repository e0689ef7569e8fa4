import { spawnSync } from "node:child_process";
import type { Machine } from "../hexuser-environment.ts";
import type { Requirement } from "../requirements.ts";
import { openTerminal } from "../terminal.ts";

/** The shells that complete hexuser's command lines, and can be had for this system. */
export type InteractiveShell = "bash" | "zsh" | "fish";

interface Start {
  readonly args: readonly string[];
  /**
   * Lines that load the completion, and put a function in hexuser's place that shows what it was given: the
   * completion asks the program itself.
   */
  readonly lines: readonly string[];
}

const posixEcho = `hexuser() { printf '[%s]' "$@"; echo '<end>'; }`;

const starts: Readonly<Record<InteractiveShell, Start>> = {
  bash: {
    args: ["--norc", "--noprofile", "-i"],
    lines: ["source <(hexuser completion bash)", posixEcho],
  },
  zsh: {
    args: ["-f", "-i"],
    lines: ["autoload -U compinit && compinit -D -u", "source <(hexuser completion zsh)", posixEcho],
  },
  fish: {
    args: ["--no-config", "-i"],
    lines: ["hexuser completion fish | source", "function hexuser; printf '[%s]' $argv; echo '<end>'; end"],
  },
};

/** Whether the shell is here. */
export function shellHere(shell: InteractiveShell): Requirement {
  return {
    met: spawnSync(shell, ["-c", "true"], { stdio: "ignore" }).status === 0,
    reason: `it needs ${shell}`,
  };
}

/** A shell on a pseudo-terminal in which hexuser's command lines are completed. */
export interface CompletingShell {
  /** Types, Tab where `⇥` stands, then Enter, and gives the arguments that hexuser gets then. */
  type(line: string): Promise<readonly string[]>;
  close(): void;
}

/** Starts a real shell, and loads the completion into it. */
export async function openShell(
  shell: InteractiveShell,
  machine: Pick<Machine, "env" | "home">,
): Promise<CompletingShell> {
  const { args, lines } = starts[shell];
  const terminal = openTerminal(args, { machine, program: shell, columns: 200, limit: 60_000 });
  terminal.type(`${[...lines, "echo rea''dy"].join("\r")}\r`);
  await terminal.expect(/ready\s/);
  return {
    async type(line) {
      terminal.type(`${line.replaceAll("⇥", "\t")}\r`);
      await terminal.expect(/\[.*\]<end>/);
      const shown = [...terminal.transcript().matchAll(/\[([^\n]*)\]<end>/g)].at(-1)?.[1] ?? "";
      return shown.split("][");
    },
    close: () => terminal.kill(),
  };
}
