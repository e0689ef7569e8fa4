import { z } from "zod";
import type { Context } from "../context.ts";
import { fail } from "../failure.ts";
import { defineOperation } from "../operation.ts";
import { describeKey } from "../registry/key-name.ts";
import { acceptAnswer } from "../registry/registry-refusal.ts";
import { type SignedRegistry, signedRegistry } from "../registry/signed-registry.ts";
import { sitePage } from "../registry/site.ts";

export const whoami = defineOperation({
  id: "whoami",
  summary: "Show who is signed in",
  description:
    "Asks the registry whom this machine's credentials belong to. With a key of an organization, that is the organization.",
  effect: "read",
  input: z.strictObject({
    describeCredential: z
      .boolean()
      .optional()
      .describe("Tell the name and the expiry of the key, too, which takes one request more")
      .meta({ flag: null }),
  }),
  answers: ["localPassword", "adoptCredentials"],
  output: z.strictObject({
    username: z.string(),
    owner: z.enum(["user", "organization"]),
    registry: z.string().describe("The base of the registry's API"),
    credential: z.strictObject({
      kind: z.enum(["key", "session", "keys"]),
      from: z.string().describe("Where the credential was found"),
      name: z.string().nullable(),
      expiresAt: z.string().nullable().describe("ISO 8601; of a session: until when its token is good"),
    }),
  }),
  async run(input, ctx, answers) {
    const registry = await signedRegistry(ctx, answers, "read");
    const owner = await findOwner(registry, ctx);
    const { kind, from, stored, authorization } = registry.credential;
    const key =
      input.describeCredential && kind !== "session" ? await describeKey(authorization, ctx) : undefined;
    const tokenEnd = kind === "session" ? stored.session?.expiresAt : undefined;
    return {
      ...owner,
      registry: ctx.registry.apiUrl,
      credential: {
        kind,
        from,
        name: key?.name ?? null,
        expiresAt:
          tokenEnd === undefined ? (key?.expiresAt ?? null) : new Date(tokenEnd * 1000).toISOString(),
      },
    };
  },
});

const keyOwner = z.object({ key: z.object({ owner: z.object({ type: z.string(), name: z.string() }) }) });

async function findOwner(registry: SignedRegistry, ctx: Context) {
  const { whose } = registry.credential;
  const user = await registry.request({ method: "GET", path: "/users/me" });
  if (user.status !== 404) {
    const { username } = acceptAnswer(user, z.object({ username: z.string() }), whose);
    return { username, owner: "user" as const };
  }
  const auth = await registry.request({ method: "GET", path: "/auth?domain=api" });
  if (auth.status === 200) {
    const { name, type } = acceptAnswer(auth, keyOwner, whose).key.owner;
    return { username: name, owner: type === "organization" ? ("organization" as const) : ("user" as const) };
  }
  if (auth.status === 401) acceptAnswer(auth, keyOwner, whose);
  throw fail("not_supported", "The registry doesn't tell whom this credential belongs to.", {
    hint: `check the address (--api-url, HEX_API_URL); if it is right, look at ${sitePage(ctx.registry, "")}/.`,
  });
}
