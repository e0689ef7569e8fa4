import { join } from "node:path";
import { type ConfigDocument, configValue } from "./config-document.ts";
import { type Term, textOf } from "./erlang-term.ts";
import { readConfig } from "./read-config.ts";

/** The settings of `hex.config` that say how a registry is reached, as mix hex understands them. */
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

/** The name of the file in the directory of a profile. */
export const configName = "hex.config";

/**
 * Reads the settings of a profile. One of another type than mix hex takes counts as absent, since nothing secret
 * hangs on it, and the flag and the variable for the same thing still work.
 *
 * Fails with `storage_damaged` or `storage_unavailable`, like reading credentials.
 */
export async function readSettings(directory: string): Promise<HexSettings> {
  return settingsOf((await readConfig(join(directory, configName))).document);
}

/** The settings of a file that has been read. */
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
  if (text === "true" || text === "1") {
    return true;
  }
  return text === "false" || text === "0" ? false : undefined;
}

/** Fields that are `undefined` are left out, as the type says. */
function withoutAbsent(fields: { [Name in keyof HexSettings]: HexSettings[Name] | undefined }): HexSettings {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
