import { authMethods } from "@hexuser/auth";
import { defineAuth } from "@hexuser/core/operations/auth";

export const auth = defineAuth(authMethods());
