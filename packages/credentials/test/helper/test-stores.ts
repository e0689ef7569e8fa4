import type { TestStore } from "../test-stores.ts";
import { makePassStore, passCommands } from "./pass-store.ts";

/** pass, with a GPG key of its own. */
export const testStores: readonly TestStore[] = [
  {
    commands: passCommands,
    backends: { "helper:pass": [] },
    async start() {
      const { home, env, clear, stop } = await makePassStore();
      return {
        env: { GNUPGHOME: env.GNUPGHOME ?? "", PASSWORD_STORE_DIR: `${home}/.password-store` },
        clear,
        stop,
      };
    },
  },
];
