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
      madeAt: z.string().nullable().describe("ISO 8601; of a session: since when this machine is signed in"),
      expiresAt: z.string().nullable().describe("ISO 8601; of a session: until when its token is good"),
    }),
  }),
  async run(input, ctx, answers) {
    const registry = await signedRegistry(ctx, answers, "read");
    const owner = await findOwner(registry, ctx);
    const { kind, from, stored, authorization } = registry.credential;
    if (stored.apiKeyFrom !== undefined && (stored.session !== undefined || stored.keys !== undefined)) {
      const message = `This is by the key in ${stored.apiKeyFrom}, which comes before what is kept on this machine.`;
      ctx.emit({ type: "notice", message });
    }
    const key =
      input.describeCredential && kind !== "session" ? await describeKey(authorization, ctx) : undefined;
    const session = kind === "session" ? stored.session : undefined;
    return {
      ...owner,
      registry: ctx.registry.apiUrl,
      credential: {
        kind,
        from,
        name: key?.name ?? null,
        madeAt: toTime(session?.madeAt) ?? key?.madeAt ?? null,
        expiresAt: toTime(session?.expiresAt) ?? key?.expiresAt ?? null,
      },
    };
  },
});

/** UNIX time in seconds to ISO 8601; a number that is no time, as a file may hold it, counts as unknown. */
function toTime(seconds: number | undefined): string | undefined {
  const time = new Date((seconds ?? Number.NaN) * 1000);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

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
