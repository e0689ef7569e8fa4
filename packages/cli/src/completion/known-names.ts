import { dirname } from "node:path";
import type { AnyOperation } from "@hexuser/core";
import { defaultProfile, type HomeEnvironment, pathOf } from "@hexuser/credentials/directories";
import { readPlain } from "@hexuser/credentials/read-plain";
import { makePrivateDirectory, replaceWhole } from "@hexuser/credentials/whole-file";
import { cacheDirectory } from "../host/home.ts";

/** The account of the names, from the flags. The environment gives the missing parts. */
export interface NameScope {
  readonly profile?: string | undefined;
  readonly apiUrl?: string | undefined;
  readonly backend?: string | undefined;
  /** The organization whose keys they are. */
  readonly organization?: string | undefined;
}

/** Milliseconds until hexuser forgets names. */
const goodFor = 3_600_000;
const mostNames = 1000;
/** Bytes. */
const largest = 16 * 1024 * 1024;

type Remembered = Readonly<Record<string, { readonly at: number; readonly names: readonly string[] }>>;

/** Returns the names of keys that hexuser saw within the last hour. Returns an empty list if it can't read them. */
export function recallKeyNames(scope: NameScope, home: HomeEnvironment): readonly string[] {
  return readAll(home)[scopeName(scope, home)]?.names ?? [];
}

/** The permissions of repositories and packages that the account was seen to have within the last hour. */
export function recallPermissions(scope: NameScope, home: HomeEnvironment): readonly string[] {
  return readAll(home)[permissionsIn(scopeName(scope, home))]?.names ?? [];
}

/**
 * Remembers the key names of an operation's output, for completion. It stores nothing else and never fails: if it can't
 * write, it forgets the names.
 */
export function learnNames(
  { learnKeyNames, learnPermissions }: Pick<AnyOperation, "learnKeyNames" | "learnPermissions">,
  output: Readonly<Record<string, unknown>>,
  scope: NameScope,
  home: HomeEnvironment,
): void {
  const name = scopeName(scope, home);
  const all = readAll(home);
  const learned = {
    [name]: learnKeyNames?.(output, all[name]?.names ?? []),
    [permissionsIn(name)]: learnPermissions?.(output),
  };
  const next: Record<string, Remembered[string]> = { ...all };
  for (const [place, names] of Object.entries(learned)) {
    if (names === undefined) continue;
    const shown = names.filter(isShowable).slice(0, mostNames);
    if (shown.length > 0) next[place] = { at: Date.now(), names: shown };
    else delete next[place];
  }
  if (Object.keys({ ...all, ...next }).some((place) => next[place] !== all[place])) writeAll(next, home);
}

function permissionsIn(scope: string): string {
  return `${scope} permissions`;
}

/** Names come from a registry. Don't offer a name that would move the cursor. */
function isShowable(name: string): boolean {
  return !/[\p{C}\p{Zl}\p{Zp}]/u.test(name);
}

/** Keeps the names of different accounts apart, as far as the typed flags and the environment show the account. */
function scopeName(scope: NameScope, { env }: HomeEnvironment): string {
  return JSON.stringify([
    scope.profile || env.HEXUSER_PROFILE || defaultProfile,
    (scope.apiUrl || env.HEX_API_URL || env.HEX_API || "").replace(/\/+$/, ""),
    scope.backend || env.HEXUSER_BACKEND || "",
    env.HEX_HOME || "",
    Boolean(env.HEX_API_KEY),
    ...(scope.organization === undefined ? [] : [scope.organization]),
  ]);
}

function readAll(home: HomeEnvironment): Remembered {
  try {
    const path = pathIn(home);
    if (path === undefined) return {};
    const remembered = Object.entries(JSON.parse(readPlain(path, largest).bytes.toString()) as Remembered);
    return Object.fromEntries(
      remembered.filter(
        ([, { at, names }]) =>
          Math.abs(Date.now() - at) < goodFor && names.every((name) => typeof name === "string"),
      ),
    );
  } catch {
    return {};
  }
}

function writeAll(remembered: Remembered, home: HomeEnvironment): void {
  const path = pathIn(home);
  if (path === undefined) return;
  try {
    makePrivateDirectory(dirname(path));
    replaceWhole(path, JSON.stringify(remembered));
  } catch {}
}

function pathIn(home: HomeEnvironment): string | undefined {
  const directory = cacheDirectory(home);
  return directory === undefined ? undefined : pathOf(home.platform).join(directory, "key-names.json");
}
