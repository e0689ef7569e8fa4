import type { ChildProcess } from "node:child_process";

export interface ProgramRun {
  /** Absolute. */
  readonly path: string;
  readonly args: readonly string[];
  readonly input: string;
  readonly env: Record<string, string>;
  /** Milliseconds. */
  readonly limit: number;
  /** Whether the program continues if this process exits. A program that writes must not be cut off. */
  readonly outlives: boolean;
}

export type ProgramEnd =
  | { readonly end: "exit"; readonly code: number | null; readonly stdout: string; readonly stderr: string }
  | { readonly end: "late" | "too_much" | "not_text" }
  /** The program could not be started. */
  | { readonly end: "broken"; readonly cause: unknown };

/** Milliseconds of silence after a program's end, after which its own output is complete. */
const lastWords = 100;

/** Bytes. Credentials are much shorter. */
const mostOutput = 1024 * 1024;
const mostErrors = 16 * 1024;
/** Characters of an error message. */
const longestText = 200;

/**
 * Runs a program to its end, with text on its stdin. If it takes too long or prints more than 1 MiB, this function kills
 * it with all the processes that it started. It keeps up to 16 KiB of stderr. A process that the program started may
 * live on with its output open, for instance an agent that keeps a key unlocked. Never throws.
 */
export async function runProgram({
  path,
  args,
  input,
  env,
  limit,
  outlives,
}: ProgramRun): Promise<ProgramEnd> {
  // Most commands keep their secrets in a file, so they don't load this module.
  const { spawn } = process.getBuiltinModule("node:child_process");
  const { promise, resolve } = Promise.withResolvers<ProgramEnd>();
  // A helper usually waits for a program that it started, so both get a process group of their own.
  const isGroup = process.platform !== "win32";
  let child: ChildProcess;
  try {
    child = spawn(path, args, { env, stdio: "pipe", detached: isGroup, windowsHide: true });
  } catch (cause) {
    return { end: "broken", cause };
  }
  const kill = () => killProcess(child, isGroup);
  const timer = setTimeout(() => stop("late"), limit);
  const stop = (end: "late" | "too_much") => {
    resolve({ end });
    kill();
    // A process that still holds the other ends must not keep this process from ending.
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const forget = outlives ? undefined : killAtExit(kill);
  const stdout = collect(child.stdout, mostOutput, () => stop("too_much"));
  const stderr = collect(child.stderr, mostErrors, () => undefined);
  child.once("error", (cause) => resolve({ end: "broken", cause }));
  const finish = (code: number | null) => {
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(stdout));
      resolve({ end: "exit", code, stdout: text, stderr: Buffer.concat(stderr).toString("utf8") });
    } catch {
      resolve({ end: "not_text" });
    }
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  child.once("close", finish);
  child.once("exit", (code) => {
    const silence = setTimeout(() => finish(code), lastWords);
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", () => silence.refresh());
    child.once("close", () => clearTimeout(silence));
  });
  // If the program doesn't read its input, its exit code and output tell why.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    forget?.();
  }
}

function collect(stream: NodeJS.ReadableStream | null, most: number, tooMuch: () => void): Buffer[] {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= most) chunks.push(chunk);
    else tooMuch();
  });
  stream?.on("error", () => undefined);
  return chunks;
}

function killProcess(child: ChildProcess, isGroup: boolean): void {
  try {
    if (isGroup && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

/** Kills the running processes. They share one listener, because Node warns about more than ten. */
const running = new Set<() => void>();

/**
 * Kills a process when this process exits. Call the returned function when the other process has ended by itself.
 *
 * @example const forget = killAtExit(() => child.kill("SIGKILL")); child.once("close", forget);
 */
export function killAtExit(kill: () => void): () => void {
  if (running.size === 0) process.on("exit", killRunning);
  running.add(kill);
  return () => {
    if (running.delete(kill) && running.size === 0) process.removeListener("exit", killRunning);
  };
}

function killRunning(): void {
  for (const kill of running) kill();
}

/**
 * Makes the error output of another program fit for a message: the first line with text, at most 200 characters,
 * without a full stop at the end, and with code points in place of control and direction characters.
 */
export function readableText(text: string): string {
  const line = text
    .slice(0, 10_000)
    .split(/\r\n|\r|\n/)
    .map((candidate) => candidate.trim())
    .find((candidate) => candidate !== "");
  const shown = (line ?? "")
    .replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
      (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
    )
    .replace(/\.$/, "");
  return shown.length > longestText ? `${shown.slice(0, longestText)}…` : shown;
}
