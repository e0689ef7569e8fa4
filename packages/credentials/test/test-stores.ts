import { existsSync } from "node:fs";
import type { BackendKind } from "../src/backend-kind.ts";
import { backendKinds } from "../src/backends.ts";

/** A real store behind some backends, for tests. A kind of backend has it in `KIND/test-stores.ts` beside this file. */
export interface TestStore {
  /** The commands that the store needs. */
  readonly commands: readonly string[];
  /** The values of `--backend` that the store serves, and the further commands that each of them needs. */
  readonly backends: Readonly<Record<string, readonly string[]>>;
  start(): Promise<RunningStore>;
}

/** A store that runs. */
export interface RunningStore {
  /** The variables with which a program finds the store. */
  readonly env: Readonly<Record<string, string>>;
  /** Removes everything that hexuser has stored. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** A value of `--backend` for tests, with its store. */
export interface TestedBackend {
  readonly backend: string;
  readonly kind: BackendKind;
  /** The commands that this machine must have. */
  readonly commands: readonly string[];
  readonly store: TestStore;
}

/** Lists the backends whose kinds bring a store for tests. The file needs no store: all other tests use it. */
export async function findTestedBackends(): Promise<readonly TestedBackend[]> {
  const found = backendKinds.map(async (kind) => {
    const file = new URL(`./${kind.name.split(":")[0]}/test-stores.ts`, import.meta.url);
    if (!existsSync(file)) return [];
    const { testStores } = (await import(file.href)) as { testStores: readonly TestStore[] };
    return testStores.flatMap((store) =>
      Object.entries(store.backends).map(([backend, more]) => ({
        backend,
        kind,
        commands: [...store.commands, ...more],
        store,
      })),
    );
  });
  return (await Promise.all(found)).flat();
}
