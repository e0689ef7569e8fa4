// The first that a packed binary runs. It's compiled at every start, so it's small: it has the version and the help.
// The program lies beside it in parts, each with what the compiler made of it.
import { keychainWorkerArgument } from "../setup/keychain-worker.ts";
import { start } from "../start.ts";
import { restartWithoutNodeVariables } from "./environment.ts";
import { firstPart, type Part, requireParts } from "./parts.ts";

type PackedProgram = typeof import("./program.ts");

if (!restartWithoutNodeVariables()) {
  if (process.argv[2] === keychainWorkerArgument) void loadProgram().runWorker();
  else void start(process.argv.slice(2), async () => loadProgram());
}

function loadProgram(): PackedProgram {
  const { getAssetKeys, getRawAsset } = process.getBuiltinModule("node:sea");
  const assets = new Set(getAssetKeys());
  const readPart = (name: string): Part => ({
    // The bundle is plain ASCII, which needs no decoding.
    source: Buffer.from(getRawAsset(name)).toString("latin1"),
    cachedData: assets.has(`${name}.cache`) ? new Uint8Array(getRawAsset(`${name}.cache`)) : undefined,
  });
  return requireParts(readPart)(`./${firstPart}`) as PackedProgram;
}
