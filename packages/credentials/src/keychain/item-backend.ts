import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AccountKey,
  type CredentialBackend,
  fail,
  hint,
  isSealed,
  type StoredCredentials,
  storedCredentialsSchema,
} from "@hexuser/core";
import { checkAccount, noHome, originOf, unusable } from "../backend-failure.ts";
import { isProfileName } from "../file/directories.ts";
import { makeDirectory } from "../file/file-failure.ts";
import { withLock } from "../file/process-lock.ts";
import { BrokenItem, type ItemStore, readText, removeText, writeText } from "./item-store.ts";

/** The parts that make a backend of a store with a text per account. */
export interface ItemBackend {
  readonly id: string;
  readonly available: CredentialBackend["available"];
  readonly location: CredentialBackend["location"];
  readonly store: ItemStore;
  readonly itemName: (account: AccountKey) => string;
  /** The reverse of `itemName`, unchecked: other programs have items in the same store. */
  readonly accountOf: (itemName: string) => AccountKey;
  /** How a person removes an item, as a command or in words. */
  readonly howToRemove: (itemName: string) => string;
  /** Characters of an item. */
  readonly longestItem?: number | undefined;
  /** Whether each change looks for parts of items that a killed process left. */
  readonly tidy?: boolean;
  /** The directory for the lock between processes. It is created if it is missing. */
  readonly lockDirectory: string | undefined;
  /** Milliseconds that a change waits for the changes of other processes. */
  readonly lockWait?: number | undefined;
}

/** Characters of the credentials of a first sign-in. */
const usualLength = 2048;
/** Milliseconds. */
const writePauses = [200, 1000];

/**
 * A backend that stores each account's credentials as JSON in an item of its own. The JSON is ASCII, so that a store may
 * count it in bytes or in UTF-16 and loses no accent. There is no seal, because the store itself protects its items.
 *
 * Reading fails with `storage_damaged` for an item without credentials.
 */
export function itemBackend(parts: ItemBackend): CredentialBackend {
  const { store, itemName, longestItem } = parts;
  const read = async (account: AccountKey) => {
    const name = itemName(account);
    const found = await readText(store, name).catch((error: unknown) => {
      throw error instanceof BrokenItem ? damaged(name, account, parts, error) : error;
    });
    return found === undefined
      ? undefined
      : { credentials: parseCredentials(found.text, name, account, parts), inParts: found.inParts };
  };
  return {
    id: parts.id,
    available: async () => (parts.lockDirectory === undefined ? unusable(noHome()) : parts.available()),
    location: parts.location,
    async list() {
      const accounts = (await store.names()).map(parts.accountOf);
      return accounts
        .filter(({ profile, origin }) => isProfileName(profile) && originOf(origin) === origin)
        .sort(byName);
    },
    async read(account) {
      const checked = checkAccount(account);
      return (await read(checked))?.credentials;
    },
    async update(account, change) {
      const checked = checkAccount(account);
      const { lockDirectory } = parts;
      if (lockDirectory === undefined) throw noHome();
      makeDirectory(lockDirectory);
      const lock = join(lockDirectory, `${parts.id.replaceAll(/[^A-Za-z0-9.-]/g, "_")}.lock`);
      await withLock(
        lock,
        async () => {
          const before = await read(checked);
          // The change gets a copy, so that it can't hide what it changed.
          const given = structuredClone(before?.credentials);
          let isSpent = false;
          const after = await change(given, async () => {
            const probe = itemName({ ...checked, profile: probeName(lockDirectory) });
            const length = given === undefined ? usualLength : toText(given).length;
            await probeStore(store, probe, length, longestItem);
            isSpent = true;
          });
          if (after === given) return;
          const how = { longest: longestItem, inParts: before?.inParts ?? false, tidy: parts.tidy };
          if (after !== undefined && Object.keys(after).length > 0) {
            const write = () => writeText(store, itemName(checked), toText(after), how);
            await (isSpent ? repeat(write) : write());
          } else if (before !== undefined) {
            await removeText(store, itemName(checked), how);
          }
        },
        parts.lockWait,
      );
    },
  };
}

/** No profile has this name, because it begins with a dash. Other machines and people use other names in the same store. */
function probeName(lockDirectory: string): string {
  const { hostname } = process.getBuiltinModule("node:os");
  const { hash } = process.getBuiltinModule("node:crypto");
  return `-probe.${hash("sha256", `${hostname()} ${lockDirectory}`).slice(0, 12)}`;
}

/**
 * Stores a text of this length under a name of its own, and removes it again. It doesn't write the account's own item
 * again, because another machine may just have replaced it.
 */
async function probeStore(store: ItemStore, name: string, length: number, longest?: number): Promise<void> {
  await writeText(store, name, "-".repeat(length), { longest, inParts: false });
  try {
    await removeText(store, name, { inParts: longest !== undefined && length > longest });
  } catch {
    // It contains no secret, and the next probe overwrites it.
  }
}

/** Spent tokens don't come back, so a store that fails for a moment gets another chance. */
async function repeat(write: () => Promise<void>): Promise<void> {
  for (const pause of writePauses) {
    try {
      return await write();
    } catch {
      await sleep(pause);
    }
  }
  return write();
}

function toText(credentials: StoredCredentials): string {
  const write = credentials.keys?.write;
  if (write !== undefined && isSealed(write)) {
    throw fail("defect", "A key that a local password encrypts came to a store without a seal.");
  }
  return JSON.stringify(credentials).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function parseCredentials(
  text: string,
  name: string,
  account: AccountKey,
  parts: ItemBackend,
): StoredCredentials {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The cause is left out, because it quotes the text.
    throw damaged(name, account, parts);
  }
  const parsed = storedCredentialsSchema().safeParse(value);
  if (!parsed.success) throw damaged(name, account, parts);
  return parsed.data;
}

function damaged(name: string, account: AccountKey, parts: ItemBackend, cause?: unknown) {
  return fail(
    "storage_damaged",
    `The stored item for ${account.origin} contains no valid credentials: ${parts.location(account)}.`,
    {
      hint: hint`${parts.howToRemove(name)}, then sign in again with ${{ call: "auth" }}.`,
      details: { backend: parts.id },
      cause,
    },
  );
}

function byName(one: AccountKey, other: AccountKey): number {
  const [left, right] = [`${one.profile} ${one.origin}`, `${other.profile} ${other.origin}`];
  return left < right ? -1 : Number(left > right);
}
