import type { AccountKey, Availability, CredentialBackend } from "@hexuser/core";
import { unusable } from "../file/file-failure.ts";
import { isProfileName, itemBackend } from "../keychain/item-backend.ts";
import { checkHelperName, programName } from "./find-program.ts";
import { setUpPass } from "./helper-failure.ts";
import { type HelperOptions, helperStore } from "./helper-store.ts";
import { isPassSetUp } from "./pass-set-up.ts";

export interface HelperBackendOptions extends HelperOptions {
  /** The directory where the lock between processes lies; it is made if it is missing. */
  readonly lockDirectory: string | undefined;
  /** Milliseconds that a change waits for the changes of other processes. */
  readonly lockWait?: number | undefined;
}

/** Helpers for the Windows Credential Manager have its limit: 2,560 bytes in an item. */
const longestItems: Readonly<Record<string, number>> = { wincred: 2400 };

/** Helpers made with Docker's library read lines of 64 KiB at most; JSON in JSON may double its length. */
const longestItem = 30_000;

const passNotSetUp: Availability = {
  available: false,
  why: "pass has no store here yet: it knows no key to encrypt with.",
  hint: setUpPass,
};

/** No profile may be called so: a dash comes first. */
const absentItem = "https://hex.pm/hexuser/-";

/**
 * Keeps credentials through any credential helper of Docker's kind, `docker-credential-NAME`: in pass, in the
 * stores of the system, in a secret manager. One item for each account, as JSON, stored for the user `hexuser` at
 * the address `ORIGIN/hexuser/PROFILE`: helpers refuse other schemes than http and https, and lose what stands
 * before the host.
 *
 * Fails with `invalid_input` at once for what can't be a helper's name; with `storage_unavailable` where the helper
 * is missing or doesn't do its work, with `storage_locked` where it says so.
 *
 * @example createHelperBackend({ name: "pass", env: process.env, lockDirectory: "/home/eric/.config/hexuser/locks" })
 */
export function createHelperBackend(options: HelperBackendOptions): CredentialBackend {
  const { name, env, platform = process.platform, lockDirectory, lockWait } = options;
  const place = { name, env, platform };
  checkHelperName(place);
  const program = programName(place);
  const store = helperStore(options);
  return itemBackend({
    id: `helper:${name}`,
    lockDirectory,
    lockWait,
    longestItem: longestItems[name] ?? longestItem,
    itemName,
    accountOf,
    store,
    location: (account) => `${program} (${itemName(account)})`,
    howToRemove: (url) => `remove it with \`printf %s ${url} | ${program} erase\``,
    async available() {
      try {
        await store.get(absentItem);
        return name !== "pass" || (await isPassSetUp(env)) ? { available: true } : passNotSetUp;
      } catch (error) {
        return unusable(error);
      }
    },
  });
}

function itemName({ profile, origin }: AccountKey): string {
  return `${origin}/hexuser/${profile}`;
}

function accountOf(url: string): AccountKey | undefined {
  const [, origin = "", profile = ""] = /^(https?:\/\/[^/]+)\/hexuser\/([^/]+)$/.exec(url) ?? [];
  return isProfileName(profile) && URL.canParse(origin) && new URL(origin).origin === origin
    ? { profile, origin }
    : undefined;
}
