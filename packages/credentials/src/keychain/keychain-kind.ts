import type { BackendKind } from "../backend-kind.ts";
import { lockDirectory } from "../file/config-directory.ts";

export const keychainKind: BackendKind = {
  name: "keychain",
  isShared: false,
  canKeep: true,
  describe: () => ({
    title: "In the keychain of this system",
    means: "Encrypted by the system, and open while you are logged in. mix hex doesn't see it.",
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
