import { z } from "zod";
import { hint } from "../hint.ts";
import type { Send } from "../registry/registry-request.ts";
import { Answer, empty, json } from "./answer.ts";
import { pathSegment } from "./path-segment.ts";

const userRecord = () => z.object({ username: z.string().min(1), email: z.string().nullish() });

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

/** `GET /users/me`: the account of the credential. It is missing for a credential that isn't a user's. */
export async function readOwnUser(send: Send): Promise<Answer<User>> {
  return new Answer(await send({ method: "GET", path: "/users/me" }), json(userRecord()));
}

/**
 * `POST /users/ACCOUNT/reset`: has the registry send an email that resets the account password. Only classic registries
 * have it, and they don't say whether the account exists.
 *
 * @param account a username or an email address
 */
export async function requestPasswordReset(send: Send, account: string): Promise<Answer<null>> {
  const path = `/users/${pathSegment(account)}/reset`;
  const lookAt = hint`look whether the registry's email has come.`;
  return new Answer(await send({ method: "POST", path, body: {}, lookAt }), empty(204));
}
