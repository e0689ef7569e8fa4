// The first file that a packed binary runs. It's compiled at every start, so it's small: it has the version and the names
// of the commands. Everything else is in parts beside it, the most used ones with their compiled code.

import { keychainWorkerArgument } from "../host/keychain-worker.ts";
import { start } from "../program/start.ts";
import { entryParts, helpFile, type PartFile, requireParts } from "./parts.ts";

interface Entries {
  readonly program: typeof import("./program.ts");
  readonly completion: typeof import("../completion/answer-completion.ts");
}

if (!restartWithoutNodeVariables()) {
  const require = requirePacked();
  const load = <Name extends keyof Entries>(name: Name) => require(`./${entryParts[name]}`) as Entries[Name];
  if (process.argv[2] === keychainWorkerArgument) void load("program").runWorker();
  else {
    void start(process.argv.slice(2), {
      program: async () => load("program"),
      help: async () => ({ help: JSON.parse(readText(helpFile, "utf8")) }),
      fitHelp: async () => load("program"),
      completion: async () => load("completion"),
    });
  }
}

function readText(file: string, encoding: "latin1" | "utf8"): string {
  return Buffer.from(process.getBuiltinModule("node:sea").getRawAsset(file)).toString(encoding);
}

function requirePacked(): (id: string) => unknown {
  const { getAssetKeys, getRawAsset } = process.getBuiltinModule("node:sea");
  let assets: ReadonlySet<string> | undefined;
  return requireParts((name: string): PartFile | undefined => {
    assets ??= new Set(getAssetKeys());
    if (!assets.has(name)) return undefined;
    return {
      // The bundle is plain ASCII, which needs no decoding.
      source: readText(name, "latin1"),
      cachedData: assets.has(`${name}.cache`) ? new Uint8Array(getRawAsset(`${name}.cache`)) : undefined,
    };
  });
}

/**
 * The variables that have power over the Node inside: what starts with `NODE_`, and what OpenSSL reads. Node itself
 * ignores `NODE_OPTIONS` in a binary that is built to; the programs that hexuser starts would not.
 * `NODE_EXTRA_CA_CERTS` names certificates to trust, as other programs take it, and nothing else.
 */
function isForNode(name: string): boolean {
  const upper = name.toUpperCase();
  if (upper === "NODE_EXTRA_CA_CERTS") return false;
  return upper.startsWith("NODE_") || upper === "OPENSSL_CONF" || upper === "SSLKEYLOGFILE";
}

/**
 * Starts the program again without the variables that are for Node, if there are any. Node has read them by the
 * time that a program begins (`NODE_DEBUG=http` would print the headers of requests, the credentials in them), so
 * taking them away then is too late. Gives `true` if the program has run, and there is nothing more to do.
 */
export function restartWithoutNodeVariables(): boolean {
  const names = Object.keys(process.env).filter(isForNode);
  if (names.length === 0) return false;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForNode(name)));
  const args = process.argv.slice(2);
  // Windows can't replace a process by another one.
  if (process.platform !== "win32") process.execve?.(process.execPath, [process.argv0, ...args], env);
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const { status, error } = spawnSync(process.execPath, args, { env, stdio: "inherit" });
  if (error) throw error;
  process.exitCode = status ?? 1;
  return true;
}
