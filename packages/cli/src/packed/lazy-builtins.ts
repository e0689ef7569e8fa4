/** Node modules that take milliseconds to load, and that most commands import but never call. */
const costly: ReadonlySet<string> = new Set([
  "child_process",
  "crypto",
  "fs/promises",
  "readline",
  "timers/promises",
  "tty",
]);

/** Requires a module for the program. It loads a slow Node module only when the program uses it. */
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
      // Code that requires a module compiled from ECMAScript reads this property at once. Node's modules don't have it.
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
