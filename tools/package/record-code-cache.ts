// Started as a process of its own, on the Node that will be inside: runs commands, and writes down what the compiler
// made of the program's parts meanwhile. The one argument is a `Recording` as JSON.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Script } from "node:vm";
import { entryParts, requireParts } from "../../packages/cli/src/packed/parts.ts";

/** What is to be recorded. */
export interface Recording {
  /** The files of the parts by their names. */
  readonly parts: Readonly<Record<string, string>>;
  /** Where the caches go, as NAME.cache. */
  readonly folder: string;
  readonly commands: readonly (readonly string[])[];
}

type PackedProgram = typeof import("../../packages/cli/src/packed/program.ts");

const { parts, folder, commands } = JSON.parse(process.argv[2] ?? "") as Recording;
const scripts = new Map<string, Script>();
const require = requireParts(
  (name) => ({ source: readFileSync(parts[name] ?? "", "latin1"), cachedData: undefined }),
  (name, script) => scripts.set(name, script),
);
const { run } = require(`./${entryParts.program}`) as PackedProgram;
const reallyExit = process.exit;

for (const args of commands) {
  const ended = Promise.withResolvers<void>();
  process.exit = (code) => {
    if (code === 0) ended.resolve();
    else ended.reject(new Error(`hexuser ${args.join(" ")} ended with exit code ${code}.`));
    return undefined as never;
  };
  await run(args, { signal: new AbortController().signal });
  await ended.promise;
}
for (const [name, script] of scripts) writeFileSync(join(folder, `${name}.cache`), script.createCachedData());
reallyExit(0);
