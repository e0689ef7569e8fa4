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
const whose = { name: "The key", answer: "key" } as const;

/** Signs in with a key that the person has. The registry checks the key before hexuser stores it. */
export function keyMethod(): AuthMethod {
  return { id: "key", yields: "key", needs: "key", isOnRequest: true, input: keyInput, acquire };
}

/**
 * Fails with `authentication_refused` if the registry doesn't know the key or the key may not use the API, and with
 * `registry_unavailable` if the answers don't look like a registry's.
 */
async function acquire(input: unknown, ctx: AuthContext): Promise<Credentials> {
  const { key } = readInput(keyInput, input);
  const send = sendAs(ctx, { authorization: key });
  const user = await readOwnUser(send);
  if (user.isMissing) {
    // An organization's key has no user.
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

/** Don't store the key for a server that answers 404 to everything: every later request would send it the key. */
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
