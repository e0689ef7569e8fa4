import {
  type AuthContext,
  type AuthMethod,
  type Credentials,
  fail,
  hint,
  readAuth,
  readOwnUser,
  sendAs,
} from "@hexuser/core";
import { z } from "zod";
import { apiKey, readInput } from "../method-input.ts";

const keyInput = z.strictObject({ key: apiKey });

/** Signing in with a key that the person has. It is shown to the registry before it is kept. */
export function keyMethod(): AuthMethod {
  return { id: "key", yields: "key", needs: "key", isOnRequest: true, input: keyInput, acquire };
}

/**
 * Fails with `authentication_refused` when the registry doesn't know the key, or the key may not use the API, and with
 * `registry_unavailable` when nothing shows that a registry has answered.
 */
const whose = { name: "The key", answer: "key" } as const;

async function acquire(input: unknown, ctx: AuthContext): Promise<Credentials> {
  const { key } = readInput(keyInput, input);
  const send = sendAs(ctx, { authorization: key });
  const user = await readOwnUser(send);
  if (user.isMissing) {
    // The key of an organization is no user's.
    const auth = await readAuth(send, "api");
    if (!auth.isMissing) auth.accept(whose);
    else if (!auth.isHexRefusal) throw unproven(ctx);
    else
      ctx.emit({
        type: "warning",
        message: "This registry can't check keys, so hexuser stores the key unchecked.",
      });
  } else user.accept(whose);
  return { kind: "key", apiKey: key };
}

/** A server that answers 404 to everything would get the key with every request from now on. */
function unproven({ registry }: AuthContext) {
  return fail(
    "registry_unavailable",
    `Nothing shows that ${registry.apiUrl} is the API of a Hex registry: it answers 404 to the key. The key was not stored.`,
    {
      hint: hint`check the address given with ${{ option: "apiUrl" }}. The address of an API usually ends in /api.`,
      details: { status: 404, reason: "not_a_registry" },
    },
  );
}
