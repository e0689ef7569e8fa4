// The first file that a packed binary runs. It's compiled at every start, so it's small: it has the version and the
// names of the commands. Everything else is in parts beside it, the most used ones with their compiled code.

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
 * Tells whether a variable controls the Node inside: a variable that starts with `NODE_`, or one that OpenSSL reads.
 * Node in the binary is built to ignore `NODE_OPTIONS`, but programs that hexuser starts don't ignore it.
 * `NODE_EXTRA_CA_CERTS` only names certificates to trust, as in other programs, so it isn't one.
 */
function isForNode(name: string): boolean {
  const upper = name.toUpperCase();
  if (upper === "NODE_EXTRA_CA_CERTS") return false;
  return upper.startsWith("NODE_") || upper === "OPENSSL_CONF" || upper === "SSLKEYLOGFILE";
}

/**
 * Starts hexuser again without the variables for Node, if there are any. Node reads them before a program begins
 * (`NODE_DEBUG=http` would print the headers of requests with their credentials), so removing them afterwards is too
 * late. Returns `true` if the program has run and there is nothing more to do.
 */
export function restartWithoutNodeVariables(): boolean {
  const names = Object.keys(process.env).filter(isForNode);
  if (names.length === 0) return false;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForNode(name)));
  const args = process.argv.slice(2);
  // Windows can't replace a process with another one.
  if (process.platform !== "win32") process.execve?.(process.execPath, [process.argv0, ...args], env);
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const { status, error } = spawnSync(process.execPath, args, { env, stdio: "inherit" });
  if (error) throw error;
  process.exitCode = status ?? 1;
  return true;
}
