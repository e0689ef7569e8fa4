import type { AccountKey, CredentialBackend } from "@hexuser/core";
import { findAvailability } from "../backend-failure.ts";
import { itemBackend } from "./item-backend.ts";
import { keychainName } from "./keychain-failure.ts";
import { absentItem, type KeychainOptions, openKeychain, service } from "./open-keychain.ts";

export interface KeychainBackendOptions extends KeychainOptions {
  /** The directory for the lock between processes. It is created if it is missing. */
  readonly lockDirectory: string | undefined;
  /** Milliseconds that a change waits for the changes of other processes. */
  readonly lockWait?: number;
  /** Characters of an item of the keychain. A longer text is split into several items. */
  readonly longestItem?: number;
}

/** Windows stores 2,560 bytes in an item, two per character (wincred.h, CRED_MAX_CREDENTIAL_BLOB_SIZE). */
const longestOnWindows = 1200;

/**
 * Stores credentials in the keychain of the system: macOS Keychain, Windows Credential Manager, or a Secret Service on
 * Linux. There is one item per account, of the service `hexuser`, with the name `PROFILE@ORIGIN`. The keychain alone
 * encrypts it. hexuser never uses another place instead.
 *
 * Fails with `storage_unavailable` if there is no keychain or it doesn't answer, and with `storage_locked` if it stays
 * locked.
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
    available: () => findAvailability(() => keychain.getPassword(...absentItem)),
    store: {
      get: async (name) => (await keychain.getPassword(service, name)) ?? undefined,
      set: (name, text) => keychain.setPassword(service, name, text),
      remove: async (name) => void (await keychain.deletePassword(service, name)),
      names: async () => (await keychain.findCredentials(service)).map(({ account }) => account),
    },
  });
}

function itemName({ profile, origin }: AccountKey): string {
  return `${profile}@${origin}`;
}

function accountOf(name: string): AccountKey {
  const at = name.indexOf("@");
  return { profile: name.slice(0, Math.max(at, 0)), origin: name.slice(at + 1) };
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
