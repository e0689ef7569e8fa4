import { type Hint, hint, type Mention } from "../hint.ts";
import type { Send } from "../registry/registry-request.ts";
import type { HttpRequest } from "../transport.ts";
import { Answer, json } from "./answer.ts";
import { type KeyRecord, keyRecord, keyRecords, newKeyRecord, quoteName } from "./key-record.ts";
import { pathSegment } from "./path-segment.ts";

/** A new key, as the registry takes it. */
export interface NewKey {
  readonly name: string;
  readonly permissions: readonly { readonly domain: string; readonly resource?: string }[];
  /** ISO 8601. */
  readonly revoke_at?: string;
}

/** The path of the keys of the user who signs, or of an organization. */
function keysOf(organization: string | undefined): string {
  return organization === undefined ? "/keys" : `/orgs/${pathSegment(organization)}/keys`;
}

/** An operation on these keys, for a hint. */
export function keyCall(
  operation: "generate" | "list" | "revoke",
  organization: string | undefined,
  name?: string,
): Mention {
  const call = organization === undefined ? `key.${operation}` : `organization.key.${operation}`;
  const about = [organization, name].filter((part) => part !== undefined);
  return about.length === 0 ? { call } : { call, about };
}

/** Tells whether an HTTP request creates a key. */
export function makesKey({ method, url }: Pick<HttpRequest, "method" | "url">): boolean {
  return method === "POST" && url.endsWith(keysOf(undefined));
}

/** `GET /keys`: lists all keys, without their secrets. */
export async function listKeys(send: Send, organization?: string): Promise<Answer<KeyRecord[]>> {
  return new Answer(await send({ method: "GET", path: keysOf(organization) }), json(keyRecords()));
}

/** `POST /keys`: makes a key. Only this answer contains the secret. The registry may change the name. */
export async function createKey(send: Send, key: NewKey, organization?: string) {
  const lookAt = hint`look with ${keyCall("list", organization)} for the key ${quoteName(key.name)}, perhaps with a number after its name, and revoke it: nobody has its secret.`;
  const path = keysOf(organization);
  return new Answer(await send({ method: "POST", path, body: key, lookAt }), json(newKeyRecord()));
}

/**
 * `DELETE /keys/NAME`: revokes a key. `authing_key` of the answer tells whether the key signed the request. Fails with
 * `invalid_input` for a name that can't be sent.
 *
 * @param key.instead what to do about a name that can't be sent
 */
export async function deleteKey(
  send: Send,
  { name, organization, instead }: { name: string; organization?: string | undefined; instead?: Hint },
): Promise<Answer<KeyRecord>> {
  const path = `${keysOf(organization)}/${pathSegment(name, instead)}`;
  const lookAt = hint`look with ${keyCall("list", organization)} whether ${quoteName(name)} is still there.`;
  return new Answer(await send({ method: "DELETE", path, lookAt }), json(keyRecord()));
}

/** `DELETE /keys`: revokes all keys. For a request with a token, the answer describes an unrelated key. */
export async function deleteKeys(send: Send, organization?: string): Promise<Answer<KeyRecord>> {
  const lookAt = hint`list the remaining keys with ${keyCall("list", organization)}.`;
  return new Answer(await send({ method: "DELETE", path: keysOf(organization), lookAt }), json(keyRecord()));
}
