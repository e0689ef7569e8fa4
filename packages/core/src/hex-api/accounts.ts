import { z } from "zod";
import { hint } from "../hint.ts";
import { lazily } from "../lazily.ts";
import type { RegistryResponse, Send } from "../registry/registry-request.ts";
import { Answer, empty, json } from "./answer.ts";
import { pathSegment } from "./path-segment.ts";

/** Entries of an account that hexuser keeps: more than any real account has. */
const mostEntries = 10_000;

/** Reads the entries of a list that fit the schema. A registry without such a list gives an empty one. */
const entries = <T extends z.ZodType>(schema: T) =>
  z
    .unknown()
    .default([])
    .transform((value) =>
      (Array.isArray(value) ? value : [])
        .slice(0, mostEntries)
        .map((one) => schema.safeParse(one))
        .flatMap((read) => (read.success ? [read.data] : [])),
    );

const shortName = () => z.string().min(1).max(255);

const userRecord = lazily(() =>
  z.object({
    username: z.string().min(1),
    email: z.string().nullish(),
    /** Only for the person's own account. `role` is `read`, `write` or `admin`. */
    organizations: entries(z.object({ name: shortName(), role: shortName() })),
    /** The packages that the account owns; `repository` is `hexpm` or an organization. */
    packages: entries(z.object({ name: shortName(), repository: shortName() })),
  }),
);

export type User = z.output<ReturnType<typeof userRecord>>;

/** A new account, as the registry takes it. */
export interface NewUser {
  readonly username: string;
  readonly email: string;
  readonly password: string;
}

/** `POST /users`: creates an account. */
export async function createUser(send: Send, user: NewUser): Promise<Answer<User>> {
  const lookAt = hint`look whether the registry sent an email to ${user.email}, or try to sign in with ${{ call: "auth" }}.`;
  return new Answer(await send({ method: "POST", path: "/users", body: user, lookAt }), json(userRecord()));
}

/**
 * `GET /users/me`: reads the account of the credential, with its organizations and packages. The answer is missing if the
 * credential isn't a user's.
 */
export async function readOwnUser(send: Send): Promise<Answer<User>> {
  return new Answer(await send({ method: "GET", path: "/users/me" }), json(userRecord()));
}

/**
 * `POST /users/ACCOUNT/reset`: asks the registry for an email that resets the account password. Only classic registries
 * have this endpoint. They don't tell whether the account exists.
 *
 * @param account a username or an email address
 */
export async function requestPasswordReset(send: Send, account: string): Promise<Answer<null>> {
  const path = `/users/${pathSegment(account)}/reset`;
  const lookAt = hint`look whether the registry's email has come.`;
  return new Answer(await send({ method: "POST", path, body: {}, lookAt }), empty(204));
}

const named = () => z.object({ name: z.string().min(1) });

const keyInfo = () =>
  z.object({
    key: z.object({
      name: z.string(),
      owner: z.object({ type: z.string(), name: z.string() }).nullish(),
    }),
  });

export type KeyInfo = z.output<ReturnType<typeof keyInfo>>["key"];

/**
 * `GET /auth`: reads the facts about the credential, if it may use this domain. The value is `null` for a token. Older
 * registries give `null` for keys as well.
 */
export async function readAuth(
  send: Send,
  domain: string,
  resource?: string,
): Promise<Answer<KeyInfo | null>> {
  const read = (response: RegistryResponse) =>
    response.status === 204 ? empty(204)(response) : json(keyInfo())(response)?.key;
  const path = `/auth?domain=${encodeURIComponent(domain)}`;
  const rest = resource === undefined ? "" : `&resource=${encodeURIComponent(resource)}`;
  return new Answer<KeyInfo | null>(await send({ method: "GET", path: path + rest }), read);
}

/** `GET /orgs`: lists the organizations of the credential. */
export async function listOrganizations(send: Send): Promise<Answer<{ name: string }[]>> {
  return new Answer(await send({ method: "GET", path: "/orgs" }), json(z.array(named())));
}
