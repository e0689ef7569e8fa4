import type { ChildProcess } from "node:child_process";
import { killAtExit } from "./kill-at-exit.ts";

export interface ProgramRun {
  /** Absolute. */
  readonly path: string;
  readonly args: readonly string[];
  readonly input: string;
  readonly env: Record<string, string>;
  /** Milliseconds. */
  readonly limit: number;
  /** Whether it is to come to its end even if this process exits meanwhile: what writes must not be torn. */
  readonly outlives: boolean;
}

export type ProgramEnd =
  | { readonly end: "exit"; readonly code: number | null; readonly stdout: string; readonly stderr: string }
  | { readonly end: "late" | "too_much" | "not_text" }
  /** It could not be started. */
  | { readonly end: "broken"; readonly cause: unknown };

/** Milliseconds of silence after a program's end: nothing of its own is to come then. */
const lastWords = 100;

/** Bytes. No credentials are nearly that long. */
const mostOutput = 1024 * 1024;
const mostErrors = 16 * 1024;

/**
 * Runs a program to its end, with text on its stdin. It is killed, with all that it started, when it takes too long or
 * prints more than 1 MiB; what it wrote on stderr is kept up to 16 KiB. A process that it started, and that has its
 * output open after its end (an agent that keeps a key unlocked), lives on. Never throws.
 */
export async function runProgram({
  path,
  args,
  input,
  env,
  limit,
  outlives,
}: ProgramRun): Promise<ProgramEnd> {
  // Here, not at the top: most commands keep their secrets in a file.
  const { spawn } = process.getBuiltinModule("node:child_process");
  const { promise, resolve } = Promise.withResolvers<ProgramEnd>();
  // A group of its own: what a helper is waiting for is most often a program that it started.
  const isGroup = process.platform !== "win32";
  let child: ChildProcess;
  try {
    child = spawn(path, args, { env, stdio: "pipe", detached: isGroup, windowsHide: true });
  } catch (cause) {
    return { end: "broken", cause };
  }
  const kill = () => killAll(child, isGroup);
  const timer = setTimeout(() => stop("late"), limit);
  const stop = (end: "late" | "too_much") => {
    resolve({ end });
    kill();
    // Whoever still holds the other ends must not keep this process from ending.
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
  // One that doesn't read its input tells by its end what it wanted instead.
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

function killAll(child: ChildProcess, isGroup: boolean): void {
  try {
    if (isGroup && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
