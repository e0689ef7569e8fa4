import type { AnyOperation } from "../operation.ts";
import { defineAuth } from "./auth.ts";
import { deauth } from "./deauth.ts";
import { keyGenerate } from "./key-generate.ts";
import { keyList, organizationKeyList } from "./key-list.ts";
import { keyRevoke } from "./key-revoke.ts";
import { register } from "./register.ts";
import { resetPasswordAccount } from "./reset-password-account.ts";
import { resetPasswordLocal } from "./reset-password-local.ts";
import { whoami } from "./whoami.ts";

/** All operations, in the order in which front ends show them. The list of methods makes `auth`. */
export function listOperations(auth: AnyOperation): readonly AnyOperation[] {
  return [
    register,
    whoami,
    auth,
    deauth,
    keyGenerate,
    keyRevoke,
    keyList,
    organizationKeyList,
    resetPasswordAccount,
    resetPasswordLocal,
  ];
}

export {
  deauth,
  defineAuth,
  keyGenerate,
  keyList,
  keyRevoke,
  organizationKeyList,
  register,
  resetPasswordAccount,
  resetPasswordLocal,
  whoami,
};
