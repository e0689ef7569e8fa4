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
import { changeFile, withReserved } from "./change-file.ts";
import { defaultProfile } from "./config-directory.ts";
import type { ConfigDocument } from "./config-document.ts";
import { fileFailure, unusable } from "./file-failure.ts";
import { findAccount, heldOrigins, originOf, readHoldings } from "./held-accounts.ts";
import { configName } from "./hex-settings.ts";
import { localPasswordSeal } from "./local-password.ts";
import { type ConfigFile, readConfig } from "./read-config.ts";
import { digestOfPair, readReserve } from "./reserve.ts";
import { carryOver, removeAccount, storeAccount } from "./store-account.ts";

export interface FileBackendOptions {
  /** The directory of a profile, a valid `HEX_HOME`. Throws `invalid_input` for a name that isn't one. */
  readonly directory: (profile: string) => string;
  /** The profiles that `list` looks into; without it, the default one. */
  readonly profiles?: () => Promise<readonly string[]>;
  /** Milliseconds that a change waits for the changes of other processes. */
  readonly lockWait?: number;
}

/**
 * Keeps credentials in mix hex's own `hex.config`: what mix hex wrote is used, what is written here signs mix hex
 * in too. `readHoldings` says which registry they belong to, `storeAccount` where several accounts lie.
 *
 * mix hex writes without a lock, in place. What it writes between the last comparison and the rename, a
 * millisecond, is lost; what it writes from an older reading of the file overwrites ours.
 *
 * Where a change reserves room, its new session is kept in the reserve until the file holds it.
 *
 * @example createFileBackend({ directory: (profile) => profileDirectory(profile, environment) })
 */
export function createFileBackend(options: FileBackendOptions): CredentialBackend {
  const pathOf = (profile: string) => join(options.directory(profile), configName);
  return {
    id: "file",
    seal: localPasswordSeal,
    available: async () => {
      try {
        return await checkUsable(pathOf(defaultProfile));
      } catch (error) {
        return unusable(error);
      }
    },
    location: ({ profile }) => {
      try {
        return pathOf(profile);
      } catch (error) {
        // Where there is no home directory, there is nothing more to tell.
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
      const [path, account] = [pathOf(profile), checkedOrigin(origin)];
      const { document } = await readConfig(path);
      const find = async (held: ConfigDocument) =>
        findAccount(await readHoldings(held), account)?.credentials;
      const found = await find(document);
      // A reserve holds the tokens of a session alone.
      const reserved = found?.session === undefined ? undefined : readableReserve(path);
      return reserved === undefined ? found : find(await withReserved(document, reserved));
    },
    async update({ profile, origin }, change, { signIn = false, moved = false, sameRegistry = false } = {}) {
      const account = checkedOrigin(origin);
      const find = async (document: ConfigDocument) =>
        findAccount(await readHoldings(document), account)?.credentials;
      await changeFile(pathOf(profile), options.lockWait, async (first, reserve) => {
        const before = await find(first);
        // A copy: what a change may do to it must not hide what it changed.
        const given = structuredClone(before);
        const after = await change(given, reserve);
        if (after === given) {
          return undefined;
        }
        return {
          renewed: before?.session &&
            after?.session && {
              origin: account,
              spent: digestOfPair(before.session),
              session: after.session,
            },
          // The change itself may have spent tokens: it runs once, and its result is applied to whatever lies there.
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
      return findUnclaimed(await readHoldings(document), checkedOrigin(origin));
    },
    async adopt({ profile, origin }) {
      const account = checkedOrigin(origin);
      const apply = (document: ConfigDocument) => adoptAccount(document, account);
      await changeFile(pathOf(profile), options.lockWait, async () => ({ apply }));
    },
  };
}

/** Reading changes nothing, so it goes on without a reserve that can't be read; a change does not. */
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
      return unusable(
        reason instanceof FailureError ? reason : fileFailure("storage_unavailable", path, reason),
      );
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
