import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type AccountKey,
  type Availability,
  type CredentialBackend,
  FailureError,
  fail,
  type HeldAccount,
} from "@hexuser/core";
import { adoptAccount, findUnclaimed } from "./adopt-account.ts";
import { defaultProfile } from "./config-directory.ts";
import { type ConfigDocument, parseConfig, printConfig } from "./config-document.ts";
import { fileFailure } from "./file-failure.ts";
import { findAccount, heldOrigins, originOf, readHoldings } from "./held-accounts.ts";
import { configName } from "./hex-settings.ts";
import { localPasswordSeal } from "./local-password.ts";
import { withLock } from "./process-lock.ts";
import { type ConfigFile, readConfig } from "./read-config.ts";
import { checkReplaceable, followLinks, makeDirectory, replaceFile } from "./replace-file.ts";
import { carryOver, removeAccount, storeAccount } from "./store-account.ts";

export interface FileBackendOptions {
  /** The directory of a profile, a valid `HEX_HOME`. Throws `invalid_input` for a name that isn't one. */
  readonly directory: (profile: string) => string;
  /** The profiles that `list` looks into; without it, the default one. */
  readonly profiles?: () => Promise<readonly string[]>;
  /** Milliseconds that a change waits for the changes of other processes. */
  readonly lockWait?: number;
}

/** Times that a change is made again because mix hex, which takes no lock, wrote meanwhile. */
const mostTries = 5;
const lockName = ".hexuser.lock";

/**
 * Keeps credentials in mix hex's own `hex.config`: what mix hex wrote is used, what is written here signs mix hex
 * in too. `readHoldings` says which registry they belong to, `storeAccount` where several accounts lie.
 *
 * mix hex writes without a lock, in place. What it writes between the last comparison and the rename, a
 * millisecond, is lost; what it writes from an older reading of the file overwrites ours.
 *
 * @example createFileBackend({ directory: (profile) => profileDirectory(profile, environment) })
 */
export function createFileBackend(options: FileBackendOptions): CredentialBackend {
  const pathOf = (profile: string) => join(options.directory(profile), configName);
  return {
    id: "file",
    seal: localPasswordSeal,
    available: () => checkUsable(pathOf(defaultProfile)),
    location: ({ profile }) => pathOf(profile),
    async list() {
      const profiles = (await options.profiles?.()) ?? [defaultProfile];
      const found = await Promise.all(
        profiles.map(async (profile) => listAccounts(profile, await readConfig(pathOf(profile)))),
      );
      return found.flat();
    },
    async read({ profile, origin }) {
      const { document } = await readConfig(pathOf(profile));
      return findAccount(await readHoldings(document), checkedOrigin(origin))?.credentials;
    },
    async update({ profile, origin }, change, { signIn = false, moved = false, sameRegistry = false } = {}) {
      const account = checkedOrigin(origin);
      const find = async (document: ConfigDocument) =>
        findAccount(await readHoldings(document), account)?.credentials;
      await changeLocked(options, profile, async (first) => {
        const before = await find(first);
        // A copy: what a change may do to it must not hide what it changed.
        const given = structuredClone(before);
        const after = await change(given);
        if (after === given) {
          return undefined;
        }
        // The change itself may have spent tokens: it runs once, and its result is applied to whatever lies there.
        return async (document) => {
          const next = document === first ? after : carryOver(before, after, await find(document));
          return next === undefined || Object.keys(next).length === 0
            ? removeAccount(document, account, moved)
            : storeAccount(document, account, next, { signIn, sameRegistry });
        };
      });
    },
    async unclaimed({ profile, origin }) {
      const { document } = await readConfig(pathOf(profile));
      return findUnclaimed(await readHoldings(document), checkedOrigin(origin));
    },
    async adopt({ profile, origin }) {
      const account = checkedOrigin(origin);
      await changeLocked(options, profile, async () => (document) => adoptAccount(document, account));
    },
  };
}

/** @param prepare gets the file as it is, and gives what is to be done with it: nothing, if `undefined` */
async function changeLocked(
  { directory, lockWait }: FileBackendOptions,
  profile: string,
  prepare: (
    document: ConfigDocument,
  ) => Promise<((document: ConfigDocument) => Promise<ConfigDocument>) | undefined>,
): Promise<void> {
  const folder = directory(profile);
  const path = join(folder, configName);
  await makeDirectory(folder);
  await withLock(
    join(folder, lockName),
    async () => {
      let file = await readConfig(path);
      const target = await followLinks(path);
      await checkReplaceable(target);
      const apply = await prepare(file.document);
      for (let tries = 0; apply !== undefined; tries += 1) {
        if (await writeIfChanged(target, file, await apply(file.document))) {
          return;
        }
        if (tries === mostTries) {
          throw fail("storage_locked", `Another program keeps changing the credentials (${path}).`, {
            hint: "wait until mix hex is done, then try again.",
            details: { path },
          });
        }
        file = await readConfig(path);
      }
    },
    lockWait,
  );
}

async function writeIfChanged(target: string, file: ConfigFile, document: ConfigDocument): Promise<boolean> {
  // Not a byte less than one: an empty file is taken for one that mix hex is just writing.
  const content = Buffer.from(printConfig(document) || "\n");
  if (document === file.document || file.bytes?.equals(content)) {
    return true;
  }
  // What couldn't be read back must not take the place of what can.
  parseConfig(content, target);
  return replaceFile(target, content, file.bytes);
}

async function listAccounts(profile: string, { document }: ConfigFile): Promise<HeldAccount[]> {
  const holdings = await readHoldings(document);
  return heldOrigins(holdings).flatMap((origin) => {
    const account = findAccount(holdings, origin);
    return account === undefined
      ? []
      : [{ profile, origin, ...(account.assumed ? { assumed: true } : {}) } satisfies AccountKey];
  });
}

function checkedOrigin(origin: string): string {
  const checked = originOf(origin);
  if (checked === undefined) {
    throw fail("invalid_input", "The registry's address is no http or https address.", {
      hint: "give an address like https://hex.pm/api with --api-url or HEX_API_URL.",
    });
  }
  return checked;
}

/** Usable if the file can be read, or made where there is none; one that can only be read is good for reading. */
async function checkUsable(path: string): Promise<Availability> {
  try {
    await access(path, constants.R_OK);
    return { available: true };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    try {
      if (!missing) {
        throw error;
      }
      await access(await nearestExisting(dirname(path)), constants.W_OK | constants.X_OK);
      return { available: true };
    } catch (reason) {
      const known =
        reason instanceof FailureError ? reason : fileFailure("storage_unavailable", path, reason);
      const hint = known.failure.hint?.replace(/^To fix: /, "") ?? "";
      return { available: false, why: known.failure.message, hint };
    }
  }
}

async function nearestExisting(directory: string): Promise<string> {
  try {
    await stat(directory);
    return directory;
  } catch (error) {
    const parent = dirname(directory);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === directory) {
      throw error;
    }
    return nearestExisting(parent);
  }
}
