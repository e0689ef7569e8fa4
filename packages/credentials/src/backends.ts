import type { BackendKind } from "./backend-kind.ts";
import { envKind } from "./env/env-kind.ts";
import type { HomeEnvironment } from "./file/directories.ts";
import { fileKind } from "./file/file-kind.ts";
import { helperKind } from "./helper/helper-kind.ts";
import { keychainKind } from "./keychain/keychain-kind.ts";

/** All kinds of backends; the first is the default. A new backend is a folder and a line here. */
export const backendKinds: BackendKind[] = [fileKind, keychainKind, envKind, helperKind];

/** The names of the backends on this machine. */
export function findBackends(env: HomeEnvironment["env"]): readonly string[] {
  return backendKinds.flatMap(({ name, find }) => find?.(env) ?? [name]);
}

/** The names of backends for help and hints: "file, keychain, env or helper:NAME". */
export function backendNames(isWanted: (kind: BackendKind) => boolean = () => true): string {
  const names = backendKinds.filter(isWanted).map(({ name }) => name);
  return [names.slice(0, -1).join(", "), ...names.slice(-1)].join(" or ");
}

export function findKind(id: string): BackendKind | undefined {
  return backendKinds.find(({ name, prefix }) =>
    prefix === undefined ? id === name : id.startsWith(prefix),
  );
}
