import type { AccountKey, CredentialBackend } from "@hexuser/core";
import { unusable } from "../file/file-failure.ts";
import { isProfileName, itemBackend } from "./item-backend.ts";
import type { ItemStore } from "./item-store.ts";
import type { Keychain } from "./keychain.ts";
import { keychainName } from "./keychain-failure.ts";
import { absentItem, type KeychainOptions, openKeychain } from "./open-keychain.ts";

export interface KeychainBackendOptions extends KeychainOptions {
  /** The directory where the lock between processes lies; it is made if it is missing. */
  readonly lockDirectory: string | undefined;
  /** Milliseconds that a change waits for the changes of other processes. */
  readonly lockWait?: number;
  /** Characters that an item of the keychain holds; what is longer is split over several. */
  readonly longestItem?: number;
}

const service = "hexuser";

/** Windows holds 2,560 bytes in an item, two for a character (wincred.h, CRED_MAX_CREDENTIAL_BLOB_SIZE). */
const longestOnWindows = 1200;

/**
 * Keeps credentials in the keychain of the system: macOS Keychain, Windows Credential Manager, a Secret Service on
 * Linux. One item for each account, of the service `hexuser`, named `PROFILE@ORIGIN`. Nothing is sealed beyond what
 * the keychain does. There is no other place that it falls back to.
 *
 * Fails with `storage_unavailable` where there is no keychain or it doesn't answer, with `storage_locked` where it
 * stays locked.
 *
 * @example createKeychainBackend({ env: process.env, lockDirectory: "/home/eric/.config/hexuser/locks" })
 */
export function createKeychainBackend(options: KeychainBackendOptions): CredentialBackend {
  const { platform = process.platform, lockDirectory, lockWait } = options;
  const longestItem = options.longestItem ?? (platform === "win32" ? longestOnWindows : undefined);
  const keychain = openKeychain(options);
  return itemBackend({
    id: "keychain",
    lockDirectory,
    lockWait,
    longestItem,
    tidy: longestItem !== undefined,
    itemName,
    accountOf,
    location: (account) => `${keychainName(platform)} (${service}, ${itemName(account)})`,
    howToRemove: (name) => howToRemove(name, platform),
    store: itemsOf(keychain),
    async available() {
      try {
        await keychain.getPassword(...absentItem);
        return { available: true };
      } catch (error) {
        return unusable(error);
      }
    },
  });
}

function itemsOf(keychain: Keychain): ItemStore {
  return {
    get: async (name) => (await keychain.getPassword(service, name)) ?? undefined,
    set: (name, text) => keychain.setPassword(service, name, text),
    remove: async (name) => void (await keychain.deletePassword(service, name)),
    names: async () => (await keychain.findCredentials(service)).map(({ account }) => account),
  };
}

function itemName({ profile, origin }: AccountKey): string {
  return `${profile}@${origin}`;
}

function accountOf(name: string): AccountKey | undefined {
  const at = name.indexOf("@");
  const [profile, origin] = [name.slice(0, at), name.slice(at + 1)];
  return at > 0 && isProfileName(profile) && URL.canParse(origin) && new URL(origin).origin === origin
    ? { profile, origin }
    : undefined;
}

function howToRemove(name: string, platform: NodeJS.Platform): string {
  switch (platform) {
    case "darwin":
      return `remove it with \`security delete-generic-password -s ${service} -a '${name}'\``;
    case "win32":
      return `remove “${name}” (${service}) in the Credential Manager`;
    default:
      return `remove it with \`secret-tool clear service ${service} username '${name}'\``;
  }
}
