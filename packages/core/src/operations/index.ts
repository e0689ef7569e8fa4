import type { AnyOperation } from "../operation.ts";
import { defineAuth } from "./auth.ts";
import { deauth } from "./deauth.ts";
import { keyGenerate } from "./key-generate.ts";
import { keyList, organizationKeyList } from "./key-list.ts";
import { keyPrune, organizationKeyPrune } from "./key-prune.ts";
import { keyRevoke, organizationKeyRevoke } from "./key-revoke.ts";
import { keyShow, organizationKeyShow } from "./key-show.ts";
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
    keyPrune,
    keyShow,
    keyList,
    organizationKeyRevoke,
    organizationKeyPrune,
    organizationKeyShow,
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
  keyPrune,
  keyRevoke,
  keyShow,
  organizationKeyList,
  organizationKeyPrune,
  organizationKeyRevoke,
  organizationKeyShow,
  register,
  resetPasswordAccount,
  resetPasswordLocal,
  whoami,
};
