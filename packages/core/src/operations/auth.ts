import { z } from "zod";
import { sessionScopes } from "../account/account-permissions.ts";
import { accountOf, scopeOf } from "../account/credential-in-use.ts";
import type { AuthMethod, Credentials } from "../auth-method.ts";
import type { Context } from "../context.ts";
import { namesLine } from "../display.ts";
import { FailureError, fail } from "../failure.ts";
import { readOwnUser } from "../hex-api/accounts.ts";
import { hint } from "../hint.ts";
import { defineOperation } from "../operation.ts";
import { sendAs } from "../registry/registry-request.ts";
import { originOf } from "../registry/site.ts";
import { shortText } from "../schema/typed-text.ts";
import { obtainCredentials } from "../sign-in/obtain-credentials.ts";
import {
  authorizationOf,
  endReplaced,
  keep,
  openOldKeys,
  prepareSeal,
  tellWhatStays,
} from "../sign-in/replace-credentials.ts";
import { keyRevoke } from "./key-revoke.ts";
import { whoami } from "./whoami.ts";

/** Makes the operation `auth`, which signs in by one of these methods. */
export function defineAuth(methods: readonly Pick<AuthMethod, "id" | "isOnRequest" | "yields">[]) {
  const methodId = z.enum(methods.map(({ id }) => id));
  const onRequest = methods.flatMap(({ id, isOnRequest }) => (isOnRequest === true ? [id] : []));
  return defineOperation({
    id: "auth",
    aliases: ["login"],
    mistakenNames: ["signin"],
    summary: "Sign in and keep the credentials",
    description:
      "Signs in to the registry and keeps the credentials on this machine. A current registry gives a session, which you approve in a browser. A classic registry accepts your account password, and hexuser creates three keys; a local password encrypts the key that can change something. The registry ends the credentials that this machine had before.",
    examples: [
      { means: "Sign in with what the registry offers", input: {} },
      { means: "Get a session that can only read", input: { scope: ["api:read"] } },
      { means: "Keep a key that you have", input: { withKey: true } },
    ],
    effect: "write",
    input: z.strictObject({
      method: methodId
        .optional()
        .describe(
          `How to sign in. Without it, hexuser finds the method from the registry's answers${onRequest.length === 0 ? "" : `, and doesn't use ${onRequest.join(" or ")}`}`,
        )
        .meta({ title: "Method" }),
      keyName: shortText(200)
        .optional()
        .describe("Name of the session or the keys at the registry; by default the name of this machine")
        .meta({ title: "Name of the keys", preset: ({ hostname }) => hostname }),
      username: shortText(255)
        .optional()
        .describe("Your username, for a registry that accepts account passwords")
        .meta({ title: "Username or email" }),
      withKey: z
        .boolean()
        .optional()
        .describe("Keep a key that you have; hexuser reads it from standard input or asks for it")
        .meta({ title: "Sign in with a key" }),
      scope: z
        .array(z.enum(sessionScopes))
        .min(1)
        .max(sessionScopes.length)
        .optional()
        .describe(
          "Ask for a session that can do only this: api, api:read, api:write or repositories. Without api and api:write, the registry wants no two-factor authentication",
        )
        .meta({ title: "Scope" }),
      unattended: z
        .boolean()
        .optional()
        .describe("Nobody is there to approve a sign-in in a browser")
        .meta({ flag: null, fact: "unattended" }),
    }),
    answers: ["key", "accountPassword", "localPassword", "newLocalPassword", "otp", "sameRegistry"],
    output: z.strictObject({
      method: methodId,
      username: z.string().nullable(),
      registry: z.string(),
      location: z.string().describe("Where hexuser keeps the credentials"),
      keys: z.array(z.string()).describe("The names of the new keys"),
      revoked: z.array(z.string()).describe("The names of the revoked keys"),
    }),
    show: ({ username, location, keys, revoked }) => ({
      notices: [
        `Signed in${username === null ? "" : ` as ${username}`}. The credentials are kept in ${location}.`,
        ...namesLine("Keys made", keys),
        ...namesLine("Keys of the sign-in before that were revoked", revoked),
      ],
    }),
    page: "approved",
    changesSignIn: true,
    words: { newLocalPassword: { title: "Local password" } },
    // Only a second sign-in has a current local password.
    stdin: { optional: "localPassword" },
    leaves: ({ keys, method }) => ({
      keys,
      session: methods.find(({ id }) => id === method)?.yields === "session",
      undo: keys.map((name) => ({ operation: keyRevoke, input: { name } })),
    }),
    evidence: whoami,
    // The next sign-in may be to another account.
    learnKeyNames: () => [],
    learnPermissions: () => [],
    async run(given, ctx, answers) {
      const available = await ctx.credentials.available();
      if (!available.available) throw fail("storage_unavailable", available.why, { hint: available.hint });
      const { readOnly } = ctx.credentials;
      if (readOnly !== undefined) throw fail("storage_write_failed", readOnly.why, { hint: readOnly.hint });
      if (answers.sameRegistry === false) throw notSameRegistry(ctx);
      const before = await ctx.credentials.read(accountOf(ctx));
      const opened = await openOldKeys(before?.keys?.write, given, ctx, answers);
      const seal = prepareSeal(ctx, answers);
      const { method, credentials } = await obtainCredentials(given, ctx, answers);
      const replaced = await keep({ method, credentials }, ctx, {
        seal,
        sameRegistry: answers.sameRegistry === true,
      });
      const gone = await endReplaced(replaced, opened, credentials, ctx, answers);
      tellWhatStays(replaced, before, credentials, ctx);
      if (given.scope !== undefined) tellScope(credentials, ctx);
      return {
        method: method.id,
        username: await findUsername(credentials, given.username, ctx),
        registry: originOf(ctx.registry),
        location: ctx.credentials.location(accountOf(ctx)),
        keys:
          credentials.kind === "keys"
            ? Object.values(credentials.keys.names ?? {}).filter((n) => n !== undefined)
            : [],
        revoked: [...gone],
      };
    },
  });
}

function tellScope(credentials: Credentials, ctx: Context): void {
  const { session } = credentials.kind === "session" ? credentials : {};
  const scope = scopeOf(authorizationOf(credentials), session) ?? [];
  ctx.emit({
    type: "notice",
    message: `This session may do only this: ${scope.join(", ")}.`,
    hint: hint`for a session that may do more, run ${{ call: "auth" }}.`,
  });
}

/** Don't begin a sign-in that the backend would refuse again. */
function notSameRegistry(ctx: Context): FailureError {
  return fail(
    "authentication_refused",
    `${originOf(ctx.registry)} gave a session of another registry, so nothing was stored.`,
    { hint: hint`sign in at the registry's own address, and give it with ${{ option: "apiUrl" }}.` },
  );
}

/**
 * Returns `null` if the registry doesn't tell the name. An account without a confirmed address may not even read
 * itself.
 */
async function findUsername(
  credentials: Credentials,
  username: string | undefined,
  ctx: Context,
): Promise<string | null> {
  try {
    const send = sendAs(ctx, { authorization: authorizationOf(credentials) });
    return (await readOwnUser(send)).accept().username;
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    if (error.failure.details?.reason === "email_unconfirmed") {
      ctx.emit({
        type: "notice",
        message:
          "The account's email address is not confirmed yet. Open the link in the registry's email; until then these credentials can do next to nothing.",
      });
    }
    return credentials.kind === "keys" ? (username ?? null) : null;
  }
}
