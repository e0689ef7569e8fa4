import { z } from "zod";
import { acceptAnswer } from "./registry-answer.ts";
import type { Send } from "./revoke-key.ts";

/** Whose credential signs, and the name of the key where the registry tells it. */
export interface Owner {
  readonly type: "user" | "organization";
  readonly name: string;
  readonly keyName?: string;
}

const keyOwner = () =>
  z.object({
    key: z.object({
      name: z.string(),
      owner: z.object({ type: z.string(), name: z.string() }),
    }),
  });

/** Finds the owner of a credential, as far as the registry tells. Fails as `acceptAnswer` does. */
export async function findOwner(send: Send, whose?: string): Promise<Owner | typeof untold | undefined> {
  const user = await send({ method: "GET", path: "/users/me" });
  if (user.status === 404) return findKeyOwner(send, whose);
  const { username } = acceptAnswer(user, z.object({ username: z.string().min(1) }), whose);
  return { type: "user", name: username };
}

/** The registry takes the credential, but doesn't tell of which organization it is. */
export const untold = "untold";

/**
 * Finds the owner of a credential that isn't a user's, for which `/users/me` and `/keys` are 404. Older registries, and all
 * of them for a token, don't name the owner there, but list the one organization that a credential of an organization is in.
 */
export async function findKeyOwner(send: Send, whose?: string): Promise<Owner | typeof untold | undefined> {
  const auth = await send({ method: "GET", path: "/auth?domain=api" });
  if (auth.status === 404) return undefined;
  if (auth.status !== 204 && auth.status < 500) {
    const { name: keyName, owner } = acceptAnswer(auth, keyOwner(), whose).key;
    return { type: owner.type === "organization" ? "organization" : "user", name: owner.name, keyName };
  }
  const list = await send({ method: "GET", path: "/orgs" });
  if (list.status !== 200) return untold;
  const organizations = acceptAnswer(list, z.array(z.object({ name: z.string().min(1) })), whose);
  const [only] = organizations;
  return organizations.length === 1 && only !== undefined
    ? { type: "organization", name: only.name }
    : untold;
}
