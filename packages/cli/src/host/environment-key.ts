import type { CredentialBackend } from "@hexuser/core";

/**
 * Puts a key from the environment before what a backend keeps. It's only read: what is stored goes to the backend,
 * which never sees the key, and what the backend keeps besides can still be seen, and ended by `deauth`. A store that
 * can't be read doesn't matter to a command that has its key.
 */
export function withEnvironmentKey(
  backend: CredentialBackend,
  apiKey: string,
  variableName: string,
): CredentialBackend {
  return {
    ...backend,
    async read(account) {
      const kept = await backend.read(account).catch(() => undefined);
      return { ...kept, apiKey, apiKeyFrom: variableName };
    },
  };
}
