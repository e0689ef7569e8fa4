// The part of a packed binary that does more than print the version, or the help on a wide terminal.
export { dispatch } from "../program/dispatch.ts";
export { fitHelp } from "../text/fit-help.ts";

/** Runs the keychain's process, which is another start of the same binary. */
export async function runWorker(): Promise<never> {
  const [{ runKeychainWorker }, { loadKeyringAddon }] = await Promise.all([
    import("@hexuser/credentials"),
    import("./keyring-addon.ts"),
  ]);
  return runKeychainWorker({ load: loadKeyringAddon });
}
