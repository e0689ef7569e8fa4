import type { Account } from "../registry.ts";

/** A call as every front end gets it. */
export interface PlainCall {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * The calls of one person, one after the other. They succeed and fail, and they read, change and destroy. They begin
 * signed in and end signed out. All of them fit the schemas, because `run` refuses a whole document with a call that
 * doesn't.
 */
export function twentyCalls({ username }: Account): readonly PlainCall[] {
  const call = (operation: string, input: PlainCall["input"] = {}): PlainCall => ({ operation, input });
  const keyOf = (keyName: string, more: object = {}) => call("key.generate", { keyName, ...more });
  return [
    call("whoami", { describeCredential: true }),
    call("key.list"),
    keyOf("ci", { permissions: ["api:read", "repositories"] }),
    keyOf("ci"),
    keyOf("odd", { permissions: ["repository:nobody"] }),
    keyOf("old", { expires: "2001-01-01" }),
    keyOf("."),
    call("key.list"),
    call("key.revoke", { name: "ci" }),
    call("key.revoke", { name: "ci" }),
    call("key.revoke", { name: ".." }),
    call("key.revoke", {}),
    call("reset_password.account", { account: username }),
    call("register", { username, email: "other@example.com", acceptTerms: true }),
    call("register", {
      username: `${username}-too`,
      email: `${username}.too@example.com`,
      acceptTerms: true,
    }),
    call("register", { username: "me", email: "no address", acceptTerms: true }),
    call("key.revoke", { all: true }),
    call("key.list"),
    call("deauth"),
    call("whoami"),
  ];
}
