// Runs as a separate process, on the Node that will be inside: executes commands, and writes the compiled code of the
// program's parts. Its argument is a `Recording` as JSON.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import type { Script } from "node:vm";
import { entryParts, requireParts } from "hexuser/parts";
import { start } from "hexuser/start";

type PackedProgram = typeof import("hexuser/packed-program");

/** The input of a recording. */
export interface Recording {
  /** The paths of the files with the parts, by name. */
  readonly parts: Readonly<Record<string, string>>;
  /** The directory for the caches, as NAME.cache. */
  readonly folder: string;
  readonly commands: readonly (readonly string[])[];
}

// The cache also contains which functions wait for the next compiler, and that depends on time. It fits only a start with
// the same flags, so we restore them before we write the cache.
setFlagsFromString("--no-sparkplug");

const { parts, folder, commands } = JSON.parse(process.argv[2] ?? "") as Recording;
const scripts = new Map<string, Script>();
const require = requireParts(
  (name) => {
    const file = parts[name];
    return file === undefined ? undefined : { source: readFileSync(file, "latin1"), cachedData: undefined };
  },
  (name, script) => scripts.set(name, script),
);
const isNone = () => Promise.reject(new Error("Only commands are recorded."));
const reallyExit = process.exit;

for (const args of commands) {
  const ended = Promise.withResolvers<void>();
  process.exit = (code) => {
    if (code === 0) ended.resolve();
    else ended.reject(new Error(`hexuser ${args.join(" ")} ended with exit code ${code}.`));
    return undefined as never;
  };
  await start(args, {
    program: async () => require(`./${entryParts.program}`) as PackedProgram,
    help: isNone,
    fitHelp: isNone,
    completion: isNone,
  });
  await ended.promise;
}
setFlagsFromString("--sparkplug");
for (const [name, script] of scripts) writeFileSync(join(folder, `${name}.cache`), script.createCachedData());
reallyExit(0);
