import { readFileSync } from "node:fs";
import type { RegistryKind } from "../src/start-sandbox.ts";

/** A request that was sent to a real server. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: string;
  readonly body_base64?: string;
  readonly no_user_agent?: boolean;
}

/** The server's answer, without the text of a page. */
export interface RecordedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  readonly body_base64?: string;
}

/** One request with its answer. Names are unique in a recording. */
export interface Exchange {
  readonly name: string;
  readonly request: RecordedRequest;
  readonly response: RecordedResponse;
  readonly note?: string;
}

/** The exchanges with one server, in their order. */
export function readRecording(kind: RegistryKind): readonly Exchange[] {
  const file = new URL(`./recordings/${kind}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { exchanges: Exchange[] }).exchanges;
}

/** The exchange of that name. */
export function findExchange(recording: readonly Exchange[], name: string): Exchange {
  const found = recording.find((exchange) => exchange.name === name);
  if (found === undefined) throw new Error(`no exchange is named ${name}`);
  return found;
}

/** Pairs of a secret, token or code in the recording and the matching one of the sandbox. */
export type Substitutions = Map<string, string>;

/** Puts the sandbox's secrets into a text from a recording. */
export function substitute(text: string, substitutions: Substitutions): string {
  return [...substitutions].reduce((result, [recorded, live]) => result.replaceAll(recorded, live), text);
}
