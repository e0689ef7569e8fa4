export type { BackendKind, BackendSurroundings } from "./backend-kind.ts";
export { type Shell, shells } from "./env/shell-lines.ts";
export { readKeyVariable } from "./env/variables.ts";
export {
  configDirectory,
  defaultProfile,
  type HomeEnvironment,
  stateDirectory,
} from "./file/config-directory.ts";
export { findExposedCredentials, isExposed } from "./file/exposed-file.ts";
export { noHome, unusable } from "./file/file-failure.ts";
export { hexHome } from "./file/hex-home.ts";
export { type HexSettings, readSettings } from "./file/hex-settings.ts";
export { withLock } from "./file/process-lock.ts";
export { findProfileDirectory, listProfiles, profileDirectory } from "./file/profiles.ts";
export { type KeychainWorkerOptions, runKeychainWorker } from "./keychain/keychain-worker.ts";
export { openBackend, requireKind } from "./open-backend.ts";
export { openerEnvironment } from "./process/child-environment.ts";
