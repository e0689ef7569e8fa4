/** The first argument that makes a packed binary the process for the keychain. */
export const keychainWorkerArgument = "--keychain-worker";

/**
 * The command that starts the keychain's process from a packed binary, which is the binary itself. Returns `undefined`
 * in the working tree, where that process has its own file.
 */
export function packedKeychainWorker(): { command: string; args: string[] } | undefined {
  return process.getBuiltinModule("node:sea").isSea()
    ? { command: process.execPath, args: [keychainWorkerArgument] }
    : undefined;
}
