import { type BigIntStats, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FailureError, fail, hint } from "@hexuser/core";
import {
  type ConfigDocument,
  configValue,
  emptyDocument,
  largestConfig,
  parseConfig,
} from "./config-document.ts";
import { type Term, textOf } from "./erlang-term.ts";
import { errnoOf, fileFailure } from "./file-failure.ts";
import { type PlainFile, readPlain } from "./read-plain.ts";

/** The name of the file in the directory of a profile. */
export const configName = "hex.config";

/** A `hex.config` on the disk. */
export interface ConfigFile {
  /** `undefined` if the file is missing. */
  readonly bytes?: Buffer;
  readonly document: ConfigDocument;
}

/** mix hex truncates the file and writes in place. So a file that looks cut is read again after these milliseconds. */
const pauses = [50, 50, 50];
/** Milliseconds since the last change after which nobody is writing a cut file any more. */
const settled = 2000;

/** The last reading of each file, valid while the file is the same. So a command reads the file once. */
const readings = new Map<string, { readonly identity: string; readonly file: ConfigFile }>();

/**
 * Reads a `hex.config`. A missing one counts as empty.
 *
 * Fails with `storage_damaged` if its content is invalid, and with `storage_unavailable` if it can't be read.
 */
export async function readConfig(path: string): Promise<ConfigFile> {
  for (let attempt = 0; ; attempt += 1) {
    const known = readings.get(path);
    if (known !== undefined && known.identity === identityOf(path)) return known.file;
    const found = readBytes(path);
    if (found === undefined) return { document: emptyDocument };
    const { bytes, status } = found;
    const pause = Math.abs(Date.now() - Number(status.mtimeMs)) >= settled ? undefined : pauses[attempt];
    try {
      if (bytes.length > 0 || pause === undefined) {
        const file = { bytes, document: parseConfig(bytes, path) };
        if (isOld(status)) readings.set(path, { identity: describe(status), file });
        return file;
      }
    } catch (error) {
      if (pause === undefined || !(error instanceof FailureError)) throw error;
    }
    await sleep(pause);
  }
}

/**
 * Reads the bytes on the disk, and the status of the file; `undefined` if there is no file. It reads synchronously,
 * because starting the threads for asynchronous reading takes longer than reading.
 */
export function readBytes(path: string): PlainFile | undefined {
  try {
    return readPlain(path, largestConfig);
  } catch (error) {
    const errno = errnoOf(error) ?? "";
    if (errno === "ENOENT") return undefined;
    if (["EISDIR", "EFTYPE"].includes(errno)) {
      throw fail("storage_unavailable", `The credentials can't be read (${path}): it is not a file.`, {
        hint: hint`move it away, or set HEX_HOME to another directory.`,
        details: { path },
      });
    }
    throw fileFailure("storage_unavailable", path, error);
  }
}

function identityOf(path: string): string | undefined {
  try {
    const status = statSync(path, { bigint: true, throwIfNoEntry: false });
    return status === undefined ? undefined : describe(status);
  } catch {
    // Reading the file tells why.
    return undefined;
  }
}

/**
 * Whether the clock of the file system has ticked since the last change, so that the next change gives the file other
 * times. Linux ticks at least every 10 ms. Whole seconds indicate a file system that counts in seconds.
 */
function isOld({ mtimeNs, ctimeNs }: BigIntStats): boolean {
  const changedNs = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  const tick = changedNs % 1_000_000_000n === 0n ? settled : 20;
  return Math.abs(Date.now() - Number(changedNs / 1_000_000n)) >= tick;
}

/** Identifies a file and its state. A new file has another number, a changed file has other times or another size. */
function describe({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

/** The settings of `hex.config` for the connection to a registry, as mix hex reads them. */
export interface HexSettings {
  readonly apiUrl?: string;
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
  /** Seconds. */
  readonly httpTimeout?: number;
  readonly cacertsPath?: string;
  readonly unsafeHttps?: boolean;
  readonly offline?: boolean;
}

/**
 * Reads the settings of a profile. A setting of a wrong type counts as absent, because no secret depends on it, and
 * other ways to give it still work.
 *
 * Fails with `storage_damaged` or `storage_unavailable`, like reading credentials.
 */
export async function readSettings(directory: string): Promise<HexSettings> {
  return settingsOf((await readConfig(join(directory, configName))).document);
}

function settingsOf(document: ConfigDocument): HexSettings {
  const read = (key: string) => configValue(document, key);
  return withoutAbsent({
    apiUrl: toText(read("api_url")),
    httpProxy: toText(read("http_proxy")),
    httpsProxy: toText(read("https_proxy")),
    noProxy: toText(read("no_proxy")),
    httpTimeout: toSeconds(read("http_timeout")),
    cacertsPath: toText(read("cacerts_path")),
    unsafeHttps: toBoolean(read("unsafe_https")),
    offline: toBoolean(read("offline")),
  });
}

function toText(term: Term | undefined): string | undefined {
  const text =
    term?.type === "atom" && !["nil", "true", "false"].includes(term.name) ? term.name : textOf(term);
  return text === "" ? undefined : text;
}

function toSeconds(term: Term | undefined): number | undefined {
  const text = term?.type === "integer" ? String(term.value) : (toText(term) ?? "");
  const seconds = /^\+?[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  return seconds > 0 ? seconds : undefined;
}

function toBoolean(term: Term | undefined): boolean | undefined {
  const text = term?.type === "atom" ? term.name : textOf(term);
  if (text === "true" || text === "1") return true;
  return text === "false" || text === "0" ? false : undefined;
}

/** Leaves out fields that are `undefined`. */
function withoutAbsent(fields: { [Name in keyof HexSettings]: HexSettings[Name] | undefined }): HexSettings {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
