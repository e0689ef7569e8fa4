// The first that a packed binary runs. It's compiled at every start, so it's small: it has the version and the
// table of commands. Everything else lies beside it in parts, the most used with what the compiler made of them.
import { keychainWorkerArgument } from "../host/keychain-worker.ts";
import { start } from "../program/start.ts";
import { restartWithoutNodeVariables } from "./environment.ts";
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
