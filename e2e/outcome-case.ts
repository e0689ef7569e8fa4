import type { RegistryKind } from "@hexuser/sandbox";
import { expect } from "vitest";
import { startRegistry } from "./registry.ts";
import { type Ended, runHexuser } from "./run-hexuser.ts";
import { createSetting, localPassword, type Setting } from "./setting.ts";
import { openTerminal } from "./terminal.ts";
import { type Reply, replyUntilEnd } from "./terminal-replies.ts";

/** One row of the table: a command in a situation, and the expected outcome. */
export interface OutcomeCase {
  readonly title: string;
  /** By default, both registries. */
  readonly only?: RegistryKind;
  /** The registry is gone when the command runs. */
  readonly unreachable?: boolean;
  /** Creates the situation. */
  before?(setting: Setting): Promise<void> | void;
  args(setting: Setting): readonly string[];
  /** The lines of standard input, without a terminal. */
  stdin?(setting: Setting): readonly string[];
  /** The flags that announce these lines. A test on a terminal leaves them out and answers the questions. */
  readonly stdinFlags?: readonly string[];
  /** The typed text on a terminal; `false` skips the terminal. */
  readonly terminal?: false | ((setting: Setting) => readonly Reply[]);
  env?(setting: Setting): Readonly<Record<string, string | undefined>>;
  readonly expected: Expected;
}

/** The expected outcome, on a terminal and over pipes, with and without `--json`. */
export interface Expected {
  readonly exitCode: number;
  /** Of the failure. */
  readonly code?: string;
  readonly message?: RegExp;
  /** The hint without “To fix:”. */
  readonly hint?: RegExp;
  readonly stdout?: RegExp;
  /** The change at the registry or on the machine. */
  effect?(setting: Setting): Promise<void> | void;
}

/** The ways to run every row. */
export const fronts = ["pipe", "json", "terminal"] as const;

/** Runs one row in one way, in a new setting. */
export async function tryCase(
  row: OutcomeCase,
  front: (typeof fronts)[number],
  shared: Setting["registry"],
): Promise<void> {
  const registry = row.unreachable ? await startRegistry(shared.kind) : shared;
  const setting = await createSetting(registry);
  try {
    await row.before?.(setting);
    if (row.unreachable) await registry.close();
    if (front === "terminal") await tryOnTerminal(row, setting);
    else await tryOverPipes(row, setting, front === "json");
    await row.expected.effect?.(setting);
  } finally {
    shared.control.clearFaults();
    setting.machine.remove();
  }
}

async function tryOverPipes(row: OutcomeCase, setting: Setting, json: boolean): Promise<void> {
  const ended = await runHexuser(
    [...row.args(setting), ...(row.stdinFlags ?? []), ...(json ? ["--json"] : [])],
    {
      machine: setting.machine,
      stdin: (row.stdin?.(setting) ?? []).map((line) => `${line}\n`).join(""),
      ...(row.env === undefined ? {} : { env: row.env(setting) }),
    },
  );
  expect({ exitCode: ended.code, ...streamsOf(ended) }).toMatchObject({ exitCode: row.expected.exitCode });
  expectNoSecrets(setting, ended.stdout + ended.stderr);
  if (json) checkDocument(row.expected, ended.stdout);
  else checkText(row.expected, ended);
}

async function tryOnTerminal(row: OutcomeCase, setting: Setting): Promise<void> {
  const terminal = openTerminal(row.args(setting), {
    machine: setting.machine,
    columns: 400,
    ...(row.env === undefined ? {} : { env: row.env(setting) }),
  });
  try {
    const exitCode = await replyUntilEnd(terminal, row.terminal ? row.terminal(setting) : []);
    const text = terminal.transcript().replaceAll("\r", "");
    expect({ exitCode, text }).toMatchObject({ exitCode: row.expected.exitCode });
    expectNoSecrets(setting, text);
    checkText(row.expected, { stdout: text, stderr: text });
  } finally {
    terminal.kill();
  }
}

function checkText(expected: Expected, { stdout, stderr }: Pick<Ended, "stdout" | "stderr">): void {
  if (expected.stdout !== undefined) expect(stdout).toMatch(expected.stdout);
  if (expected.message !== undefined) expect(stderr).toMatch(expected.message);
  if (expected.hint !== undefined) {
    const hint = /^To fix: ([\s\S]*)$/m.exec(stderr)?.[1];
    expect(hint, stderr).toMatch(expected.hint);
  }
}

function checkDocument(expected: Expected, stdout: string): void {
  const document = JSON.parse(stdout) as { ok: boolean; failure?: Record<string, string> };
  expect(document.ok).toBe(expected.exitCode === 0);
  if (expected.code !== undefined) expect(document.failure?.code).toBe(expected.code);
  if (expected.message !== undefined && !document.ok)
    expect(document.failure?.message).toMatch(expected.message);
  if (expected.hint !== undefined) expect(document.failure?.hint).toMatch(expected.hint);
}

function expectNoSecrets({ account }: Setting, output: string): void {
  for (const secret of [account.password, localPassword]) expect(output).not.toContain(secret);
}

function streamsOf({ stdout, stderr }: Ended): { stdout: string; stderr: string } {
  return { stdout, stderr };
}
