import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AccountKey,
  type CredentialBackend,
  fail,
  isSealed,
  type StoredCredentials,
  storedCredentialsSchema,
} from "@hexuser/core";
import { noHome, unusable } from "../file/file-failure.ts";
import { withLock } from "../file/process-lock.ts";
import { makeDirectory } from "../file/replace-file.ts";
import { BrokenItem, type ItemStore, readText, removeText, writeText } from "./item-store.ts";

/** What makes a backend of a store that keeps a text for each account. */
export interface ItemBackend {
  readonly id: string;
  readonly available: CredentialBackend["available"];
  readonly location: CredentialBackend["location"];
  readonly store: ItemStore;
  readonly itemName: (account: AccountKey) => string;
  /** Whose item it is; `undefined` for one that is none of ours. */
  readonly accountOf: (itemName: string) => AccountKey | undefined;
  /** How a person removes an item, as a command or in words. */
  readonly howToRemove: (itemName: string) => string;
  /** Characters that an item holds. */
  readonly longestItem?: number | undefined;
  /** Whether each change looks for parts of items that a killed process left. */
  readonly tidy?: boolean;
  /** The directory where the lock between processes lies; it is made if it is missing. */
  readonly lockDirectory: string | undefined;
  /** Milliseconds that a change waits for the changes of other processes. */
  readonly lockWait?: number | undefined;
}

/** Characters of the credentials of a sign-in that there are none of yet. */
const usualLength = 2048;
/** Milliseconds. */
const writePauses = [200, 1000];

const profileName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * A backend that keeps each account's credentials as JSON in an item of its own. The JSON is ASCII, so that a store
 * may count it in bytes or in UTF-16, and lose no accent. There is no seal: the store itself keeps others out.
 *
 * Reading fails with `storage_damaged` for an item that doesn't hold credentials.
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
      return accounts.filter((account) => account !== undefined).sort(byName);
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
          // A copy: what a change may do to it must not hide what it changed.
          const given = structuredClone(before?.credentials);
          let isSpent = false;
          const after = await change(given, async () => {
            const probe = itemName({ ...checked, profile: probeName(lockDirectory) });
            const length = given === undefined ? usualLength : toText(given).length;
            await probeStore(store, probe, length, longestItem);
            isSpent = true;
          });
          if (after === given) {
            return;
          }
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

/** No profile may be called so: a dash comes first. Another machine, or person, has another one in the same store. */
function probeName(lockDirectory: string): string {
  const { hostname } = process.getBuiltinModule("node:os");
  const { hash } = process.getBuiltinModule("node:crypto");
  return `-probe.${hash("sha256", `${hostname()} ${lockDirectory}`).slice(0, 12)}`;
}

/**
 * Stores a text of this length under a name of its own, and removes it again. What lies there already is not written
 * once more: another machine may just have replaced it.
 */
async function probeStore(store: ItemStore, name: string, length: number, longest?: number): Promise<void> {
  await writeText(store, name, "-".repeat(length), { longest, inParts: false });
  try {
    await removeText(store, name, { inParts: longest !== undefined && length > longest });
  } catch {
    // It holds no secret, and the next probe writes over it.
  }
}

/** What was spent doesn't come back, so a store that fails for a moment gets another chance. */
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
    throw fail("defect", "A key under a local password was to be kept where nothing is sealed.");
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
    // Not the error itself: it quotes the text.
    throw damaged(name, account, parts);
  }
  const parsed = storedCredentialsSchema().safeParse(value);
  if (!parsed.success) {
    throw damaged(name, account, parts);
  }
  return parsed.data;
}

function damaged(name: string, account: AccountKey, parts: ItemBackend, cause?: unknown) {
  return fail(
    "storage_damaged",
    `What is kept for ${account.origin} can't be read as credentials: ${parts.location(account)}.`,
    {
      hint: `${parts.howToRemove(name)}, then sign in again with \`hexuser auth\`.`,
      details: { backend: parts.id },
      cause,
    },
  );
}

/** The account with its origin in the one form in which items are named. */
function checkAccount({ profile, origin }: AccountKey): AccountKey {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw fail("invalid_input", "The registry's address is no http or https address.", {
      hint: "give an address like https://hex.pm/api with --api-url or HEX_API_URL.",
    });
  }
  if (!isProfileName(profile)) {
    throw fail("invalid_input", "That is no name for a profile.", {
      hint: "use up to 64 letters, digits, dots, dashes and underscores, a letter or digit first.",
    });
  }
  return { profile, origin: url.origin };
}

/** Whether it can be the name of a profile. */
export function isProfileName(text: string): boolean {
  return profileName.test(text);
}

function byName(one: AccountKey, other: AccountKey): number {
  const [left, right] = [`${one.profile} ${one.origin}`, `${other.profile} ${other.origin}`];
  return left < right ? -1 : Number(left > right);
}
