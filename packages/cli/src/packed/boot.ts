// The first that a packed binary runs. It's compiled at every start, so it's small: it has the version and the help.
// The program is another file inside, and beside it lies what the compiler made of that.
import { keychainWorkerArgument } from "../setup/keychain-worker.ts";
import { start } from "../start.ts";
import { restartWithoutNodeVariables } from "./environment.ts";
import { requireBuiltin } from "./lazy-builtins.ts";

type PackedProgram = typeof import("./program.ts");

/** Whether the binary holds what the compiler made; the build says so. */
declare const HAS_CODE_CACHE: boolean;

if (!restartWithoutNodeVariables()) {
  if (process.argv[2] === keychainWorkerArgument) void loadProgram().runWorker();
  else void start(process.argv.slice(2), async () => loadProgram());
}

function loadProgram(): PackedProgram {
  const { getRawAsset } = process.getBuiltinModule("node:sea");
  const { Script } = process.getBuiltinModule("node:vm");
  // The bundle is plain ASCII, which needs no decoding.
  const source = Buffer.from(getRawAsset("program.cjs")).toString("latin1");
  const cachedData = HAS_CODE_CACHE ? new Uint8Array(getRawAsset("program.cache")) : undefined;
  const script = new Script(source, { filename: "hexuser", ...(cachedData ? { cachedData } : {}) });
  const module = { exports: {} };
  script.runInThisContext()(requireBuiltin, module);
  return module.exports as PackedProgram;
}
