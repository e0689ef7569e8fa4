import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type AccountKey, type CredentialBackend, FailureError, type HeldAccount } from "@hexuser/core";
import { checkOrigin, findAvailability } from "../backend-failure.ts";
import { adoptAccount, findUnclaimed } from "./adopt-account.ts";
import { changeFile, withReserved } from "./change-file.ts";
import type { ConfigDocument } from "./config-document.ts";
import { defaultProfile } from "./directories.ts";
import { errnoOf, fileFailure } from "./file-failure.ts";
import { findAccount, heldOrigins, readHoldings } from "./held-accounts.ts";
import { localPasswordSeal } from "./local-password.ts";
import { organizationKeys } from "./organization-keys.ts";
import { type ConfigFile, configName, readConfig } from "./read-config.ts";
import { readReserve } from "./reserve.ts";
import { digestOfPair } from "./session-token.ts";
import { carryOver, removeAccount, storeAccount } from "./store-account.ts";

export interface FileBackendOptions {
  /** The directory of a profile, which is a valid `HEX_HOME`. Throws `invalid_input` for an invalid name. */
  readonly directory: (profile: string) => string;
  /** The profiles that `list` reads. Without it, `list` reads the default one. */
  readonly profiles?: () => Promise<readonly string[]>;
  /** Milliseconds that a change waits for the changes of other processes. */
  readonly lockWait?: number;
}

/**
 * Stores credentials in mix hex's own `hex.config`. hexuser uses what mix hex wrote there, and the other way round.
 * `readHoldings` finds the registry of each credential, and `storeAccount` stores several accounts.
 *
 * mix hex writes in place, without a lock. hexuser loses what mix hex writes in the millisecond between the last
 * comparison and the rename. mix hex overwrites what hexuser has written since mix hex read the file.
 *
 * If a change reserves room, the reserve keeps the new session until the file contains it.
 *
 * @example createFileBackend({ directory: (profile) => profileDirectory(profile, environment) })
 */
export function createFileBackend(options: FileBackendOptions): CredentialBackend {
  const pathOf = (profile: string) => join(options.directory(profile), configName);
  return {
    id: "file",
    get organizationKeys() {
      return organizationKeys(pathOf, options.lockWait);
    },
    seal: localPasswordSeal,
    available: () => findAvailability(() => checkUsable(pathOf(defaultProfile))),
    location: ({ profile }) => {
      try {
        return pathOf(profile);
      } catch (error) {
        // Without a home directory, the path is unknown.
        if (error instanceof FailureError && error.failure.code === "storage_unavailable") return configName;
        throw error;
      }
    },
    async list() {
      const profiles = (await options.profiles?.()) ?? [defaultProfile];
      const found = await Promise.all(
        profiles.map(async (profile) => listAccounts(profile, await readConfig(pathOf(profile)))),
      );
      return found.flat();
    },
    async read({ profile, origin }) {
      const [path, account] = [pathOf(profile), checkOrigin(origin)];
      const { document } = await readConfig(path);
      const find = async (held: ConfigDocument) =>
        findAccount(await readHoldings(held), account)?.credentials;
      const found = await find(document);
      // A reserve contains only the tokens of a session.
      const reserved = found?.session === undefined ? undefined : readableReserve(path);
      return reserved === undefined ? found : find(await withReserved(document, reserved));
    },
    async update({ profile, origin }, change, { signIn = false, moved = false, sameRegistry = false } = {}) {
      const account = checkOrigin(origin);
      const find = async (document: ConfigDocument) =>
        findAccount(await readHoldings(document), account)?.credentials;
      await changeFile(pathOf(profile), options.lockWait, async (first, reserve) => {
        const before = await find(first);
        // The change gets a copy, so that it can't hide what it changed.
        const given = structuredClone(before);
        const after = await change(given, reserve);
        if (after === given) return undefined;
        return {
          renewed: before?.session &&
            after?.session && {
              origin: account,
              spent: digestOfPair(before.session),
              session: after.session,
            },
          // The change runs only once, because it may have spent tokens. Its result is applied to the current file.
          async apply(document) {
            const next = document === first ? after : carryOver(before, after, await find(document));
            return next === undefined || Object.keys(next).length === 0
              ? removeAccount(document, account, moved)
              : storeAccount(document, account, next, { signIn, sameRegistry });
          },
        };
      });
    },
    async unclaimed({ profile, origin }) {
      const { document } = await readConfig(pathOf(profile));
      return findUnclaimed(await readHoldings(document), checkOrigin(origin));
    },
    async adopt({ profile, origin }) {
      const account = checkOrigin(origin);
      const apply = (document: ConfigDocument) => adoptAccount(document, account);
      await changeFile(pathOf(profile), options.lockWait, async () => ({ apply }));
    },
  };
}

/** Ignores a reserve that can't be read, because reading spends nothing. A change fails instead. */
function readableReserve(path: string): ReturnType<typeof readReserve> {
  try {
    return readReserve(path);
  } catch {
    return undefined;
  }
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

/** Fails unless the file can be read, or created if it is missing. It may be read-only. */
async function checkUsable(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    try {
      if (errnoOf(error) !== "ENOENT") throw error;
      await access(await nearestExisting(dirname(path)), constants.W_OK | constants.X_OK);
    } catch (reason) {
      throw fileFailure("storage_unavailable", path, reason);
    }
  }
}

async function nearestExisting(directory: string): Promise<string> {
  try {
    await stat(directory);
    return directory;
  } catch (error) {
    const parent = dirname(directory);
    if (errnoOf(error) !== "ENOENT" || parent === directory) throw error;
    return nearestExisting(parent);
  }
}
