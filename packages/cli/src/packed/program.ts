// What a packed binary loads when it has more to do than to print its version or its help.
import { runKeychainWorker } from "@hexuser/credentials";
import { loadKeyringAddon } from "./keyring-addon.ts";

export { run } from "../run.ts";

/** The process that talks to the keychain, which is another start of the same binary. */
export const runWorker = (): Promise<never> => runKeychainWorker({ load: loadKeyringAddon });
