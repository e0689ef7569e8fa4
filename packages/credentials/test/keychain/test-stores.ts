import type { TestStore } from "../test-stores.ts";
import { secretServiceCommands, startSecretService } from "./secret-service.ts";

/** The Secret Service of Linux. A helper program of Docker stores there, too. */
export const testStores: readonly TestStore[] = [
  {
    commands: secretServiceCommands,
    backends: { keychain: [], "helper:secretservice": ["docker-credential-secretservice"] },
    async start() {
      const { env, clear, stop } = await startSecretService();
      const { DBUS_SESSION_BUS_ADDRESS = "", XDG_RUNTIME_DIR = "" } = env;
      return { env: { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR }, clear, stop };
    },
  },
];
