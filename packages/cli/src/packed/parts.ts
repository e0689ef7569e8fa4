import type { Script } from "node:vm";
import { requireBuiltin } from "./lazy-builtins.ts";

/**
 * A file of the program. Its code is a function: a part. `smallParts` is an object with several parts, by their names.
 */
export interface PartFile {
  readonly source: string;
  /** The compiled code from the build. */
  readonly cachedData: Uint8Array | undefined;
}

type RunPart = (require: Require, module: { exports: object }, exports: object) => void;
type Require = (id: string) => unknown;

/** The file with all parts that have no file of their own. */
export const smallParts = "small-parts.js";

/** The parts that are loaded first, by their purpose: the entry points of the bundle. */
export const entryParts = { program: "program.js", completion: "completion.js" } as const;

/** The file with the texts of all help, as JSON. */
export const helpFile = "help.json";

/**
 * Makes the function with which parts of the program require each other. It compiles a file when its first part is
 * required, and runs a part when that part is first required. So code that only some commands need costs nothing in
 * others.
 *
 * @param read returns a file by its name, or `undefined` if there is none
 * @param compiled is called for each file that was compiled
 */
export function requireParts(
  read: (name: string) => PartFile | undefined,
  compiled: (name: string, script: Script) => void = () => {},
): Require {
  const { Script } = process.getBuiltinModule("node:vm");
  const compile = (name: string): unknown => {
    const file = read(name);
    if (file === undefined) return undefined;
    const { source, cachedData } = file;
    const script = new Script(source, { filename: name, ...(cachedData ? { cachedData } : {}) });
    compiled(name, script);
    return script.runInThisContext();
  };
  let small: Readonly<Record<string, RunPart>> | undefined;
  const findSmall = (name: string) => {
    small ??= compile(smallParts) as Record<string, RunPart>;
    return small[name];
  };
  const modules = new Map<string, { exports: object }>();
  const require: Require = (id) => {
    if (!id.startsWith("./")) return requireBuiltin(id);
    const name = id.slice(2);
    const loaded = modules.get(name);
    if (loaded) return loaded.exports;
    const run = (compile(name) as RunPart | undefined) ?? findSmall(name);
    if (run === undefined) throw new Error(`The program lacks its part ${name}.`);
    const module = { exports: {} };
    // Register it before it runs, because parts may require each other.
    modules.set(name, module);
    run(require, module, module.exports);
    return module.exports;
  };
  return require;
}
