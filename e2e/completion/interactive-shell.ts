import { spawnSync } from "node:child_process";
import type { Machine } from "../hexuser-environment.ts";
import type { Requirement } from "../requirements.ts";
import { openTerminal } from "../terminal.ts";

/** The shells whose completion is tested, if this system has them. */
export type InteractiveShell = "bash" | "zsh" | "fish";

interface Start {
  readonly args: readonly string[];
  /**
   * Lines that load the completion and replace hexuser by a function that shows its arguments. The completion still
   * asks hexuser itself.
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

/** The shell must be installed. */
export function shellHere(shell: InteractiveShell): Requirement {
  return {
    met: spawnSync(shell, ["-c", "true"], { stdio: "ignore" }).status === 0,
    reason: `it needs ${shell}`,
  };
}

/** A shell on a pseudo-terminal that completes hexuser's command lines. */
export interface CompletingShell {
  /** Types the line, with Tab for each `⇥`, and Enter. Returns the arguments that hexuser gets. */
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
