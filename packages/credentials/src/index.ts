export { noHome, unusable } from "./backend-failure.ts";
export type { BackendKind, BackendSurroundings } from "./backend-kind.ts";
export { apiKeyLine, readKeyVariable } from "./env/env-backend.ts";
export {
  configDirectory,
  defaultProfile,
  type HomeEnvironment,
  hexHome,
  stateDirectory,
} from "./file/directories.ts";
export { isExposed } from "./file/path-owner.ts";
export { holdLock, withLock } from "./file/process-lock.ts";
export {
  findExposedCredentials,
  findProfileDirectory,
  listProfiles,
  profileDirectory,
} from "./file/profiles.ts";
export { type HexSettings, readSettings } from "./file/read-config.ts";
export { type KeychainWorkerOptions, runKeychainWorker } from "./keychain/keychain-worker.ts";
export { openBackend, requireKind } from "./open-backend.ts";
export { openerEnvironment } from "./process/child-environment.ts";
