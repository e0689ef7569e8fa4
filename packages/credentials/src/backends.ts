import type { BackendKind } from "./backend-kind.ts";
import { envKind } from "./env/env-kind.ts";
import type { HomeEnvironment } from "./file/config-directory.ts";
import { fileKind } from "./file/file-kind.ts";
import { helperKind } from "./helper/helper-kind.ts";
import { keychainKind } from "./keychain/keychain-kind.ts";

/** Every kind of place for credentials; the first is the default. A new backend is a folder and a line here. */
export const backendKinds: BackendKind[] = [fileKind, keychainKind, envKind, helperKind];

/** The values of `--backend` that this machine offers. */
export function findBackends(env: HomeEnvironment["env"]): readonly string[] {
  return backendKinds.flatMap(({ name, find }) => find?.(env) ?? [name]);
}

/** What `--backend` takes, for help: "file, keychain, env or helper:NAME". */
export function backendNames(isWanted: (kind: BackendKind) => boolean = () => true): string {
  const names = backendKinds.filter(isWanted).map(({ name }) => name);
  return [names.slice(0, -1).join(", "), ...names.slice(-1)].join(" or ");
}

export function findKind(id: string): BackendKind | undefined {
  return backendKinds.find(({ name, prefix }) =>
    prefix === undefined ? id === name : id.startsWith(prefix),
  );
}
