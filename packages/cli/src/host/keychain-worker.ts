/** The first argument with which a packed binary is started to be the process that talks to the keychain. */
export const keychainWorkerArgument = "--keychain-worker";

/**
 * How a packed binary starts the process that talks to the keychain: it is that program, too. `undefined` in the
 * working tree, where the program is a file of its own.
 */
export function packedKeychainWorker(): { command: string; args: string[] } | undefined {
  return process.getBuiltinModule("node:sea").isSea()
    ? { command: process.execPath, args: [keychainWorkerArgument] }
    : undefined;
}
