import type { AuthMethod } from "@hexuser/core";
import { deviceMethod } from "./device/device-method.ts";
import { keyMethod } from "./key/key-method.ts";
import { passwordMethod } from "./password/password-method.ts";
import { tokenMethod } from "./token/token-method.ts";

export { preloadOAuthLibrary } from "./device/oauth-client.ts";

/** Options for the methods. */
export interface MethodOptions {
  /** hexuser's OAuth client at the registry, if it isn't the Hex CLI. */
  readonly clientId?: string | undefined;
}

/** All methods, in the order in which hexuser tries them. */
export function authMethods(options: MethodOptions = {}): readonly AuthMethod[] {
  return [deviceMethod(options), passwordMethod(), keyMethod(), tokenMethod(options)];
}
