export { deviceMethod } from "./device/device-method.ts";
export { preloadOAuthLibrary } from "./device/oauth-client.ts";
export { keyMethod } from "./key/key-method.ts";
export { passwordMethod } from "./password/password-method.ts";
