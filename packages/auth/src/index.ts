import type { AuthMethod } from "@hexuser/core";
import { deviceMethod } from "./device/device-method.ts";
import { keyMethod } from "./key/key-method.ts";
import { passwordMethod } from "./password/password-method.ts";
import { tokenMethod } from "./token/token-method.ts";

export { preloadOAuthLibrary } from "./device/oauth-client.ts";

/** What the program tells the methods. */
export interface MethodOptions {
  /** What the registry knows this program by (OAuth), if not as the Hex CLI. */
  readonly clientId?: string | undefined;
}

/** Every way to sign in, in the order in which hexuser tries them. */
export function authMethods(options: MethodOptions = {}): readonly AuthMethod[] {
  return [deviceMethod(options), passwordMethod(), keyMethod(), tokenMethod(options)];
}
