// The keychain, and how hexuser and its worker process talk about it.

/** One item of a service. */
interface KeychainItem {
  readonly account: string;
  readonly password: string;
}

/** The interface of keytar, which is small and well known. Another library can implement it. */
export interface Keychain {
  /** `null` if there is no such item. Throws if the keychain can't tell. */
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  /** `false` if there was no such item. */
  deletePassword(service: string, account: string): Promise<boolean>;
  findCredentials(service: string): Promise<readonly KeychainItem[]>;
}

/** The names of its functions. They are also the methods of the worker's requests. */
export const keychainMethods = [
  "getPassword",
  "setPassword",
  "deletePassword",
  "findCredentials",
] as const satisfies readonly (keyof Keychain)[];

/** A request to the worker: one JSON line on its stdin. */
export interface WorkerRequest {
  readonly id: number;
  readonly method: keyof Keychain;
  readonly parameters: readonly string[];
}

/** An answer of the worker: one JSON line on its stdout. The first line only says that it has started. */
export type WorkerAnswer =
  | { readonly ready: true }
  | { readonly id: number; readonly value: unknown }
  /** The messages of the error and its causes, outermost first. */
  | { readonly id: number; readonly failed: readonly string[] };

/** Splits a stream of text into its lines. It leaves out an unfinished last line. */
export async function* linesOf(input: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of input) {
    const text = typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
