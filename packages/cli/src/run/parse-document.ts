import { fail, hint } from "@hexuser/core";
import { type ReadLimits, readDescriptor, readPath, TooLargeError } from "../host/read-bounded.ts";

/** A value in the place of a call. It isn't checked yet. */
export interface RawCall {
  /** From 1. */
  readonly number: number;
  /** For messages: "call 3", "line 7 (call 3)". */
  readonly place: string;
  readonly value: unknown;
}

/** A mistake in one call of a document. */
export interface Problem {
  readonly call: number;
  readonly place: string;
  readonly message: string;
}

/** The maximum number of calls in a document. */
const mostCalls = 100_000;
/** The maximum depth of nesting in a document. */
const deepest = 100;

/**
 * Splits a document into calls: a JSON array of calls, one call, or one call per line (JSON Lines). Fails with
 * `invalid_input` for any other form, or for too many calls. It repeats no content, although the messages of JSON.parse
 * quote the place of an error.
 */
export function parseDocument(text: string): { calls: RawCall[]; problems: Problem[] } {
  if (text.trim() === "") throw notCalls("The document is empty.");
  const whole = parse(text);
  if (whole.ok) return fromValue(whole.value);
  const first = text.slice(firstLineStart(text)).split("\n", 1)[0] ?? "";
  if (!parse(first).ok || first.trimStart().startsWith("["))
    throw notCalls(`The document is not JSON${where(text, whole.position)}.`);
  return fromLines(text);
}

function fromValue(value: unknown): { calls: RawCall[]; problems: Problem[] } {
  const values = Array.isArray(value) ? value : [value];
  if (values.length === 0) throw notCalls("The document holds no call.");
  if (values.length > mostCalls) throw tooMany();
  const calls = values.map((one, index) => ({ number: index + 1, place: `call ${index + 1}`, value: one }));
  return { calls, problems: [] };
}

function fromLines(text: string): { calls: RawCall[]; problems: Problem[] } {
  const calls: RawCall[] = [];
  const problems: Problem[] = [];
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    const number = calls.length + problems.length + 1;
    if (number > mostCalls) throw tooMany();
    const place = `line ${index + 1} (call ${number})`;
    const parsed = parse(line);
    if (parsed.ok) calls.push({ number, place, value: parsed.value });
    else problems.push({ call: number, place, message: "is not JSON" });
  });
  return { calls, problems };
}

type Parsed = { ok: true; value: unknown } | { ok: false; position: number | undefined };

function parse(text: string): Parsed {
  if (isDeep(text)) return { ok: false, position: undefined };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, position: positionIn(text, (error as Error).message) };
  }
}

/** No call is nested so deeply, and JSON.parse would take fifty bytes for each bracket. */
function isDeep(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (isInString) {
      if (character === "\\") index += 1;
      else if (character === '"' || character === "\n") isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
}

/** Finds the position of an error. JSON.parse tells it, or quotes ten characters before and after it. */
function positionIn(text: string, message: string): number | undefined {
  const told = / at position (\d+)/.exec(message)?.[1];
  if (told !== undefined) return Number(told);
  const quoted = /\.\.\."(.+?)"(\.\.\.)? is not valid JSON$/s.exec(message)?.[1];
  const found = quoted === undefined ? -1 : text.indexOf(quoted);
  const isUnique = found >= 0 && text.indexOf(quoted ?? "", found + 1) < 0;
  return isUnique ? found + 10 : undefined;
}

function firstLineStart(text: string): number {
  return text.length - text.trimStart().length;
}

function where(text: string, position: number | undefined): string {
  if (position === undefined) return "";
  const before = text.slice(0, position).split("\n");
  return ` (line ${before.length}, column ${(before.at(-1) ?? "").length + 1})`;
}

function notCalls(message: string) {
  return fail("invalid_input", `${message} Nothing was executed.`, {
    hint: hint`give a JSON array of calls, one call, or one call a line, like {"operation": "key.list", "input": {}}.`,
  });
}

function tooMany() {
  return fail("invalid_input", "The document holds more than 100,000 calls. Nothing was executed.", {
    hint: hint`divide it, and run the parts one after the other.`,
  });
}

/** Bytes of a document. */
const largestDocument = 16 * 1024 * 1024;

/**
 * Reads a document of calls from a file or, for `-`, from standard input. The document may come through a pipe or be
 * typed on a terminal, which can still be used for questions afterwards.
 *
 * Fails with `invalid_input` if it can't be read, is too large or isn't UTF-8, and with `interrupted` on the signal.
 */
export async function readDocument(file: string, signal: AbortSignal): Promise<string> {
  const bytes = await readBytes(file, { most: largestDocument, signal });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw fail("invalid_input", "The document is not UTF-8.", { hint: hint`save it as UTF-8.` });
  }
}

async function readBytes(file: string, limits: ReadLimits): Promise<Uint8Array> {
  try {
    return await (file === "-" ? readDescriptor(0, limits) : readPath(file, limits));
  } catch (error) {
    if (error instanceof TooLargeError) {
      throw fail("invalid_input", "The document is larger than 16 MiB.", {
        hint: hint`divide it, and run the parts one after the other.`,
      });
    }
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== "string") throw error;
    throw fail("invalid_input", `The document ${file.slice(0, 200)} can't be read (${code}).`, {
      hint: hint`name a file that you can read, or - for standard input.`,
      cause: error,
    });
  }
}
