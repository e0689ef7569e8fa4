import type { Account } from "../registry.ts";

/** A call as every front end gets it. */
export interface PlainCall {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * What one person does, one call after the other: what succeeds and what fails, reading, changing and destroying. It
 * begins signed in and ends signed out. All of it fits the schemas: a document with a call that doesn't is refused whole.
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
