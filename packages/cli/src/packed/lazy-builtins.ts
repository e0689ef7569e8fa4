/** Modules of Node that take milliseconds to load, and that most commands import without ever calling them. */
const costly: ReadonlySet<string> = new Set([
  "child_process",
  "crypto",
  "fs/promises",
  "readline",
  "timers/promises",
  "tty",
]);

/** What the program requires: modules of Node, those that are costly being loaded when something of them is used. */
export function requireBuiltin(id: string): unknown {
  const load = () => process.getBuiltinModule(id) as object;
  return costly.has(id.replace(/^node:/, "")) ? lazyModule(load) : load();
}

function lazyModule(load: () => object): object {
  let loaded: object | undefined;
  const module = () => {
    loaded ??= load();
    return loaded;
  };
  return new Proxy(
    {},
    {
      // Modules that were compiled from ECMAScript have this; code that requires such a module reads it at once.
      get: (_, key) => (key === "__esModule" ? undefined : Reflect.get(module(), key)),
      has: (_, key) => Reflect.has(module(), key),
      ownKeys: () => Reflect.ownKeys(module()),
      getOwnPropertyDescriptor: (_, key) => {
        const descriptor = Reflect.getOwnPropertyDescriptor(module(), key);
        return descriptor && { ...descriptor, configurable: true };
      },
    },
  );
}
