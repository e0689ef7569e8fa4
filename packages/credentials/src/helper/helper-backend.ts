import type { AccountKey, CredentialBackend } from "@hexuser/core";
import { findAvailability } from "../backend-failure.ts";
import { itemBackend } from "../keychain/item-backend.ts";
import { checkHelperName, type HelperOptions, helperStore, programName } from "./helper-store.ts";
import { knownHelpers } from "./known-programs.ts";

export interface HelperBackendOptions extends HelperOptions {
  /** The directory for the lock between processes. It is created if it is missing. */
  readonly lockDirectory: string | undefined;
  /** Milliseconds that a change waits for the changes of other processes. */
  readonly lockWait?: number | undefined;
}

/** Helpers made with Docker's library read lines of at most 64 KiB, and JSON in JSON may be twice as long. */
const longestItem = 30_000;

/** No profile has this name, because it begins with a dash. */
const absentItem = "https://hex.pm/hexuser/-";

/**
 * Stores credentials through a credential helper of Docker's kind, `docker-credential-NAME`: in pass, in the stores of
 * the system, in a secret manager. There is one JSON item per account, for the user `hexuser` at the address
 * `ORIGIN/hexuser/PROFILE`, because helpers refuse schemes other than http and https and lose what precedes the host.
 *
 * Fails with `invalid_input` at once for a name that no helper can have; with `storage_unavailable` if the helper is
 * missing or doesn't work; with `storage_locked` if the helper says so.
 *
 * @example createHelperBackend({ name: "pass", env: process.env, lockDirectory: "/home/eric/.config/hexuser/locks" })
 */
export function createHelperBackend(options: HelperBackendOptions): CredentialBackend {
  const { name, env, platform = process.platform, lockDirectory, lockWait } = options;
  const place = { name, env, platform };
  checkHelperName(place);
  const program = programName(place);
  const known = knownHelpers.find((helper) => helper.name === name);
  const store = helperStore(options);
  return itemBackend({
    id: `helper:${name}`,
    lockDirectory,
    lockWait,
    longestItem: known?.longestItem ?? longestItem,
    itemName,
    accountOf,
    store,
    location: (account) => `${program} (${itemName(account)})`,
    howToRemove: (url) => `remove it with \`printf %s ${url} | ${program} erase\``,
    async available() {
      const works = await findAvailability(() => store.get(absentItem));
      return works.available && known?.findSetUp !== undefined ? known.findSetUp(env) : works;
    },
  });
}

function itemName({ profile, origin }: AccountKey): string {
  return `${origin}/hexuser/${profile}`;
}

function accountOf(url: string): AccountKey {
  const [, origin = "", profile = ""] = /^(https?:\/\/[^/]+)\/hexuser\/([^/]+)$/.exec(url) ?? [];
  return { profile, origin };
}
