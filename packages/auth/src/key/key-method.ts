import {
  type AuthContext,
  type AuthMethod,
  acceptAnswer,
  type Credentials,
  requestRegistry,
} from "@hexuser/core";
import { z } from "zod";
import { readInput } from "../method-input.ts";

const keyInput = z.strictObject({
  key: z
    .string()
    .trim()
    .max(4096)
    .regex(/^[\x21-\x7e]+$/, "is no API key: it holds spaces or other characters that no key has"),
});

/** Signing in with a key that the person has. It is shown to the registry before it is kept. */
export function keyMethod(): AuthMethod {
  return { id: "key", input: keyInput, acquire };
}

/** Fails with `authentication_refused` when the registry doesn't know the key, or the key may not use the API. */
async function acquire(input: unknown, ctx: AuthContext): Promise<Credentials> {
  const { key } = readInput(keyInput, input);
  const me = await requestRegistry({ method: "GET", path: "/users/me", authorization: key }, ctx);
  if (me.status !== 404) {
    acceptAnswer(me, z.object({ username: z.string() }), "The key");
  } else {
    // The key of an organization is no user's.
    const auth = await requestRegistry({ method: "GET", path: "/auth?domain=api", authorization: key }, ctx);
    if (auth.status === 404) {
      ctx.emit({
        type: "warning",
        message: "This registry has nothing to check the key with: it is kept as it is.",
      });
    } else if (auth.status !== 204)
      acceptAnswer(auth, z.object({ key: z.object({ name: z.string() }) }), "The key");
  }
  return { kind: "key", apiKey: key };
}
