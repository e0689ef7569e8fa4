export { createFileBackend, type FileBackendOptions } from "./file/file-backend.ts";
export {
  defaultProfile,
  type HomeEnvironment,
  hexHome,
  listProfiles,
  profileDirectory,
} from "./file/hex-home.ts";
export { type HexSettings, readSettings } from "./file/hex-settings.ts";
