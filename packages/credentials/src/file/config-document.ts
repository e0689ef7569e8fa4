import { type FailureError, fail, hint } from "@hexuser/core";
import { looksLikeElixir, readElixir } from "./elixir-reader.ts";
import { atom, printTerm, type Term } from "./erlang-term.ts";
import { readTerms, type TermEntry, type TermFile } from "./term-reader.ts";
import { TermSyntaxError } from "./term-scanner.ts";

/** A `hex.config`: its entries in order, each with its text. */
export type ConfigDocument = TermFile;

export const emptyDocument: ConfigDocument = { entries: [], rest: "" };

/** Bytes of a `hex.config`. Real ones have a few thousand. */
export const largestConfig = 1024 * 1024;

/**
 * Reads the bytes of a `hex.config`: Erlang terms, or the Elixir keyword list of mix hex before 0.17, which becomes Erlang
 * terms. Fails with `storage_damaged`, which names the file and the line, and never quotes the text.
 */
export function parseConfig(bytes: Uint8Array, path: string): ConfigDocument {
  if (bytes.length > largestConfig) {
    throw damaged(path, undefined, `it is larger than ${largestConfig / 1024} KiB`);
  }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw damaged(path, 1, "it begins with a byte order mark");
  }
  const text = decode(bytes, path);
  try {
    return readTerms(text);
  } catch (error) {
    if (!looksLikeElixir(text)) {
      throw toDamage(error, path);
    }
  }
  try {
    const terms = readElixir(text);
    const entries = terms.map((term, index) => ({
      gap: index === 0 ? "" : "\n",
      source: `${printTerm(term)}.`,
      term,
    }));
    const document = { entries, rest: "\n" };
    if (Buffer.byteLength(printConfig(document)) > largestConfig) {
      throw damaged(path, undefined, `as Erlang terms it is larger than ${largestConfig / 1024} KiB`);
    }
    return document;
  } catch (error) {
    throw toDamage(error, path);
  }
}

/** The text of the file. */
export function printConfig({ entries, rest }: ConfigDocument): string {
  return entries.map(({ gap, source }) => gap + source).join("") + rest;
}

/** The value of a setting. If there are several, the first counts, as in mix hex. */
export function configValue(document: ConfigDocument, key: string): Term | undefined {
  const entry = document.entries.find(({ term }) => keyOf(term) === key);
  return entry?.term.type === "tuple" ? entry.term.items[1] : undefined;
}

/** Sets a value, or removes the key. All other entries and the comments stay. */
export function withValue(document: ConfigDocument, key: string, value: Term | undefined): ConfigDocument {
  const term: Term | undefined =
    value === undefined ? undefined : { type: "tuple", items: [atom(key), value] };
  const written = term === undefined ? undefined : { source: `${printTerm(term)}.`, term };
  const entries: TermEntry[] = [];
  let placed = false;
  let removed: string | undefined;
  const closeGap = (kept: string) => {
    const gap = removed === undefined ? kept : joinGaps(removed, kept, entries.length === 0);
    removed = undefined;
    return gap;
  };
  for (const entry of document.entries) {
    if (keyOf(entry.term) !== key) {
      entries.push({ ...entry, gap: closeGap(entry.gap) });
    } else if (written !== undefined && !placed) {
      entries.push({ ...written, gap: closeGap(entry.gap) });
      placed = true;
    } else {
      removed = closeGap(entry.gap);
    }
  }
  const rest = closeGap(document.rest);
  if (written === undefined || placed) {
    return { entries, rest };
  }
  const gap = rest === "" && entries.length === 0 ? "" : `${rest.replace(/\n$/, "")}\n`;
  entries.push({ ...written, gap });
  return { entries, rest: "\n" };
}

function keyOf(term: Term): string | undefined {
  const [key] = term.type === "tuple" && term.items.length === 2 ? term.items : [];
  return key?.type === "atom" ? key.name : undefined;
}

/** Keeps the text before a removed entry if it contains a comment, but no mere white space. */
function joinGaps(removed: string, kept: string, first: boolean): string {
  const comments = removed.includes("%") ? removed : "";
  return comments !== "" || first ? comments + kept.replace(/^\r?\n/, "") : kept;
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw damaged(path, firstInvalidLine(bytes), "it contains bytes that are not UTF-8");
  }
}

/** No byte of a longer UTF-8 sequence is a line feed, so each line can be checked by itself. */
function firstInvalidLine(bytes: Uint8Array): number {
  const { isUtf8 } = process.getBuiltinModule("node:buffer");
  for (let start = 0, line = 1; ; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}

function toDamage(error: unknown, path: string): unknown {
  return error instanceof TermSyntaxError ? damaged(path, error.line, error.message) : error;
}

function damaged(path: string, line: number | undefined, why: string): FailureError {
  const where = line === undefined ? path : `${path}, line ${line}`;
  return fail("storage_damaged", `The credentials can't be read (${where}): ${why}.`, {
    hint: hint`correct the file, or move it away and run ${{ call: "auth" }} again.`,
    details: line === undefined ? { path } : { path, line },
  });
}
