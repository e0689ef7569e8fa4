import type { BackendKind } from "../backend-kind.ts";
import { lockDirectory } from "../file/directories.ts";

export const keychainKind: BackendKind = {
  name: "keychain",
  isShared: false,
  canKeep: true,
  describe: () => ({
    title: "In the keychain of this system",
    means: "The system encrypts them, and they are open while you are logged in. mix hex doesn't see them.",
  }),
  async open(_id, { home, notify, keychainWorker }) {
    const { createKeychainBackend } = await import("./keychain-backend.ts");
    return createKeychainBackend({
      env: home.env,
      lockDirectory: lockDirectory(home),
      notify,
      ...(keychainWorker === undefined ? {} : { worker: keychainWorker }),
    });
  },
};
