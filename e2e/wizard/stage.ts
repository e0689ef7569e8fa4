import { hostname } from "node:os";
import type { RegistryKind } from "@hexuser/sandbox";
import { createMachine, hexuserPath, type Machine } from "../hexuser-environment.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { openTerminal, type Terminal } from "../terminal.ts";
import { screenText } from "./screen-text.ts";

/** How the wizard is shown: with lists and colours, or in plain lines. */
export type Look = "rich" | "plain";

/** A registry, a machine and a terminal on which the wizard runs. */
export interface WizardStage {
  readonly registry: TestRegistry;
  readonly machine: Machine;
  readonly terminal: Terminal;
  readonly look: Look;
  readonly columns: number;
  /** The current screen, with the parts that differ between runs replaced. */
  screen(): Promise<string>;
  /** The terminal's settings before and after the wizard. */
  settings(): { readonly before: string | undefined; readonly after: string | undefined };
  /** Waits for the end, and returns the exit code. */
  exitCode(): Promise<number>;
  stopRegistry(): Promise<void>;
  close(): Promise<void>;
}

type Variables = Readonly<Record<string, string>>;

/** The options of a stage. */
export interface StageOptions {
  readonly kind: RegistryKind;
  readonly args: readonly string[];
  readonly look?: Look;
  readonly columns?: number;
  readonly env?: Variables | ((machine: Machine) => Variables);
  /** Another command than the wizard. */
  readonly command?: string;
  /** Prepares the registry and the machine. */
  before?(stage: Pick<WizardStage, "registry" | "machine">): Promise<void> | void;
}

/** Starts a registry, prepares it, and starts the wizard of the built program on a terminal of 60 columns. */
export async function openStage(options: StageOptions): Promise<WizardStage> {
  const { kind, args, command: name = "wizard", look = "rich", columns = 60 } = options;
  const registry = await startRegistry(kind);
  const machine = createMachine({ HEX_API_URL: registry.apiUrl });
  await options.before?.({ registry, machine });
  const { env } = options;
  const command = [hexuserPath, name, ...args, ...(look === "plain" ? ["--accessible"] : [])].join(" ");
  // The shell prints the terminal's settings. It must survive the Ctrl-C for the wizard.
  const script = `trap : INT; echo "before $(stty -g)"; ${command}; echo "code $?"; echo "after $(stty -g)"`;
  const terminal = openTerminal(["-c", script], {
    machine,
    program: "/bin/sh",
    columns,
    // Name the backend, so that no question depends on the programs of the testing machine.
    env: { HEXUSER_BACKEND: "file", ...(typeof env === "function" ? env(machine) : env) },
  });
  let stopped: Promise<void> | undefined;
  const stopRegistry = () => {
    stopped ??= registry.close();
    return stopped;
  };
  const found = (pattern: RegExp) => pattern.exec(terminal.transcript())?.[1];
  return {
    registry,
    machine,
    terminal,
    look,
    columns,
    screen: async () => steady(await screenText(withoutShell(terminal.raw()), columns)),
    settings: () => ({ before: found(/^before (\S+)/m), after: found(/^after (\S+)/m) }),
    async exitCode() {
      await terminal.exit();
      return Number(found(/code (\d+)/));
    },
    stopRegistry,
    async close() {
      terminal.kill();
      await stopRegistry();
      machine.remove();
    },
  };
}

function withoutShell(written: string): string {
  return written.replace(/^before \S+\r\n/, "").replace(/code \d+\r\nafter [\s\S]*$/, "");
}

/** Replaces text that differs between runs by text of the same length, or by a line. */
function steady(screen: string): string {
  return (
    screen
      .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
      .replaceAll(/\/\S*hexuser-e2e-\w{6}/g, "/HOME")
      .replaceAll(/\b[B-DF-HJ-NP-TV-Z0-9]{4}-[B-DF-HJ-NP-TV-Z0-9]{4}\b/g, "CODE-CODE")
      .replaceAll(/user_code=\w+/g, "user_code=CODECODE")
      .replaceAll(/\b\d{4}-\d{2}-\d{2}\b/g, "YYYY-MM-DD")
      .replaceAll(/\(\d+:\d\d left\)/g, "(MM:SS left)")
      // A slow machine makes the wizard wait long enough to say so.
      .replaceAll(/^Waiting for 127\.0\.0\.1:PORT…\n/gm, "")
      .replaceAll(/\b[0-9a-f]{32}\b/g, "SECRET")
      .replaceAll(/(Two-factor code:) (?!000000)\d{6}/g, "$1 123456")
      .replaceAll(`Enter for ${hostname()})`, "Enter for HOST)")
      .replaceAll(`(${hostname()})`, "(HOST)")
  );
}
