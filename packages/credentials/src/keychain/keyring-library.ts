import type { Keychain } from "./keychain.ts";

/** What is used of `@napi-rs/keyring`. */
export type KeyringLibrary = Pick<typeof import("@napi-rs/keyring"), "AsyncEntry" | "findCredentialsAsync">;

/** Without it the library falls back silently to the kernel's key store, which a reboot empties. */
const secretService = { linux: { store: "secret-service" } } as const;

/** The keytar interface over `@napi-rs/keyring`. Its own has no way to choose the store. */
export function keychainOver({ AsyncEntry, findCredentialsAsync }: KeyringLibrary): Keychain {
  // The constructor opens the store, and throws where there is none: in an async function that is a rejection.
  const entry = async (service: string, account: string) => new AsyncEntry(service, account, secretService);
  return {
    getPassword: async (service, account) => (await entry(service, account)).getPassword(),
    setPassword: async (service, account, password) => (await entry(service, account)).setPassword(password),
    deletePassword: async (service, account) => (await entry(service, account)).deletePassword(),
    findCredentials: (service) => findCredentialsAsync(service),
  };
}
