import type { AnyOperation } from "../operation.ts";
import { auditLog, organizationAuditLog } from "./audit-log.ts";
import { defineAuth } from "./auth.ts";
import { deauth } from "./deauth.ts";
import { keyGenerate, organizationKeyGenerate } from "./key-generate.ts";
import { keyList, organizationKeyList } from "./key-list.ts";
import { keyPrune, organizationKeyPrune } from "./key-prune.ts";
import { keyRevoke, organizationKeyRevoke } from "./key-revoke.ts";
import { keyRotate, organizationKeyRotate } from "./key-rotate.ts";
import { keyShow, organizationKeyShow } from "./key-show.ts";
import { organizationAuth } from "./organization-auth.ts";
import { organizationDeauth } from "./organization-deauth.ts";
import { organizationList } from "./organization-list.ts";
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
    keyRotate,
    keyRevoke,
    keyPrune,
    keyShow,
    keyList,
    organizationKeyGenerate,
    organizationKeyRevoke,
    organizationKeyPrune,
    organizationKeyShow,
    organizationKeyRotate,
    organizationKeyList,
    organizationList,
    organizationAuth,
    organizationDeauth,
    auditLog,
    organizationAuditLog,
    resetPasswordAccount,
    resetPasswordLocal,
  ];
}

export {
  auditLog,
  deauth,
  defineAuth,
  keyGenerate,
  keyList,
  keyPrune,
  keyRevoke,
  keyRotate,
  keyShow,
  organizationAuditLog,
  organizationAuth,
  organizationDeauth,
  organizationKeyGenerate,
  organizationKeyList,
  organizationKeyPrune,
  organizationKeyRevoke,
  organizationKeyRotate,
  organizationKeyShow,
  organizationList,
  register,
  resetPasswordAccount,
  resetPasswordLocal,
  whoami,
};
