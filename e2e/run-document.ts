import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "./hexuser-environment.ts";
import type { TestRegistry } from "./registry.ts";

/** A call in a document. */
export type Call = readonly [operation: string, input?: Readonly<Record<string, unknown>>];

/** A line from `hexuser run`. */
export interface OutcomeLine {
  readonly call: number;
  readonly operation: string;
  readonly ok: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: outputs of all operations
  readonly output?: any;
  readonly failure?: { readonly code: string; readonly message: string; readonly details?: object };
}

/** The document as JSON. */
export function documentOf(...calls: readonly Call[]): string {
  return JSON.stringify(calls.map(([operation, input = {}]) => ({ operation, input })));
}

/** Writes a document into the machine's home, and returns its path. */
export function writeDocument(machine: Machine, calls: readonly Call[], name = "calls.json"): string {
  const path = join(machine.home, name);
  writeFileSync(path, documentOf(...calls));
  return path;
}

/** The lines of standard output. */
export function outcomesIn(stdout: string): OutcomeLine[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as OutcomeLine);
}

/** The files in the directory of journals, by name. The first one, the lock, is not a journal. */
export function journalsOf(machine: Machine): Record<string, string> {
  const directory = join(machine.home, ".local/state/hexuser/runs");
  if (!existsSync(directory)) return {};
  const names = readdirSync(directory).filter((name) => name !== "runs.lock");
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), "utf8")]));
}

/** Counts the successful answers to requests, by method and path. */
export function successesAt(registry: TestRegistry): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { method, path, status } of registry.control.requests().requests) {
    if (status === 0 || status > 299) continue;
    const name = `${method} ${path}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Waits until a condition holds. Fails after half a minute. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`${what} did not come about in half a minute`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
