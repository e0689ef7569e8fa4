import type { Keychain } from "./keychain.ts";

/** What the worker is asked, one JSON line on its stdin each. */
export interface WorkerRequest {
  readonly id: number;
  readonly method: keyof Keychain;
  readonly parameters: readonly string[];
}

/** What it answers, one JSON line on its stdout each; the first line says only that it has started. */
export type WorkerAnswer =
  | { readonly ready: true }
  | { readonly id: number; readonly value: unknown }
  /** The messages of the error and of its causes, outermost first. */
  | { readonly id: number; readonly failed: readonly string[] };

/** Splits a stream of text into its lines. An unfinished last line is left out. */
export async function* linesOf(input: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of input) {
    const lines = (
      rest + (typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }))
    ).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
