import type { Script } from "node:vm";
import { requireBuiltin } from "./lazy-builtins.ts";

/** A part of the program: a file that was bundled, the body of a function. */
export interface Part {
  readonly source: string;
  /** What the compiler made of it once. */
  readonly cachedData: Uint8Array | undefined;
}

type RunPart = (require: Require, module: { exports: object }, exports: object) => void;
type Require = (id: string) => unknown;

/** The parts that are loaded first, by what they are for: the entry points of the bundle. */
export const entryParts = { program: "program.js", help: "help.js", completion: "completion.js" } as const;

/**
 * Gives what parts of the program require each other with. A part is compiled and run when it's first required,
 * so what only some commands need costs the others nothing.
 *
 * @param read gives a part by its name
 * @param compiled is told of each part that was compiled
 */
export function requireParts(
  read: (name: string) => Part,
  compiled: (name: string, script: Script) => void = () => {},
): Require {
  const { Script } = process.getBuiltinModule("node:vm");
  const modules = new Map<string, { exports: object }>();
  const require: Require = (id) => {
    if (!id.startsWith("./")) return requireBuiltin(id);
    const name = id.slice(2);
    const loaded = modules.get(name);
    if (loaded) return loaded.exports;
    const { source, cachedData } = read(name);
    const script = new Script(source, { filename: name, ...(cachedData ? { cachedData } : {}) });
    compiled(name, script);
    const module = { exports: {} };
    // Before it runs: parts may require each other.
    modules.set(name, module);
    (script.runInThisContext() as RunPart)(require, module, module.exports);
    return module.exports;
  };
  return require;
}
