import { z } from "zod";
import { accountKeys } from "../account/account-keys.ts";
import { readStored } from "../account/credential-in-use.ts";
import { expiryOffers, permissionOffers, warnOfEternity } from "../account/new-key.ts";
import { takeBack } from "../account/revoke-key.ts";
import { signedRegistry } from "../account/signed-registry.ts";
import { type Answers, isPadded } from "../answers.ts";
import type { Context } from "../context.ts";
import { tellTime } from "../display.ts";
import { fail, type Need } from "../failure.ts";
import { readOwnUser } from "../hex-api/accounts.ts";
import { formatPermission, newKeyRecord, parsePermission, permissionSchema } from "../hex-api/key-record.ts";
import { pathSegment } from "../hex-api/path-segment.ts";
import { readJson, readRefusal } from "../hex-api/read-refusal.ts";
import type { Whose } from "../hex-api/refusal.ts";
import { hint } from "../hint.ts";
import { defineOperation } from "../operation.ts";
import { basicAuthorization, type Send, sendAs } from "../registry/registry-request.ts";
import { endMaking, makeNoted } from "../rotation/unfinished-keys.ts";
import { expirySchema, parseExpiry, shortText } from "../schema/typed-text.ts";
import { isSealed, type StoredCredentials } from "../stored-credentials.ts";
import { keyList } from "./key-list.ts";
import { keyRevoke } from "./key-revoke.ts";

const input = z.strictObject({
  keyName: shortText(255)
    .optional()
    .describe("A name for the key; by default the name of this machine")
    .meta({
      title: "Name of the key",
      arg: true,
      flag: "key-name",
      isWorthAsking: true,
      preset: ({ hostname }) => hostname,
    }),
  permissions: z
    .array(permissionSchema())
    .min(1)
    .max(50)
    .default(["api:write"])
    .describe(
      "What the key may do: api, api:read, api:write, repositories, repository:ORG, package:ORG/NAME or docs:ORG",
    )
    .meta({
      title: "Permissions",
      question: "What may the key do?",
      flag: "permission",
      suggests: ["api", "api:read", "api:write", "repositories"],
      offers: permissionOffers,
      isWorthAsking: true,
      preset: () => ["api:read"],
      completes: "permission",
    }),
  expires: expirySchema()
    .optional()
    .describe("When the key stops working: 90d, 12h, 4w, or a date such as 2027-01-31")
    .meta({
      title: "Expiry",
      question: "When should the key expire?",
      offers: expiryOffers,
      isWorthAsking: true,
      preset: () => "90d",
    }),
  username: shortText(255)
    .optional()
    .describe("Your username, for a registry that accepts account passwords, if nobody is signed in")
    .meta({ title: "Username or email" }),
});

export const keyGenerate = defineOperation({
  id: "key.generate",
  mistakenNames: ["key create", "key add", "key new"],
  summary: "Generate a key for your account",
  description:
    "Creates an API key and prints its secret once. If an organization's key signs the request, the new key belongs to the organization. The registry adds a number to a name that exists already; hexuser prints the final name. On a current registry you need a session and a two-factor code, on a classic registry your account password.",
  examples: [
    {
      means: "Make a key for CI that can only read, and that stops working",
      input: { keyName: "ci", permissions: ["api:read"], expires: "90d" },
    },
  ],
  effect: "write",
  input,
  answers: ["otp", "accountPassword", "localPassword", "adoptCredentials"],
  output: z.strictObject({
    name: z.string(),
    secret: z.string().describe("The key itself; it can't be shown again").meta({ secret: "once" }),
    permissions: z.array(z.string()),
    expiresAt: z.string().nullable().describe("ISO 8601"),
    registry: z.string(),
  }),
  show: ({ name, secret, permissions, expiresAt }) => ({
    value: secret,
    notices: [
      `The key ${name} was made. Permissions: ${permissions.join(", ")}. ${expiresAt === null ? "It doesn't expire." : `It expires on ${tellTime(expiresAt)}.`}`,
    ],
  }),
  leaves: ({ name }) => ({ keys: [name], undo: [{ operation: keyRevoke, input: { name } }] }),
  evidence: keyList,
  learnKeyNames: ({ name }, known) => [...known.filter((other) => other !== name), name],
  async run(given, ctx, answers) {
    const name = given.keyName ?? ctx.hostname;
    pathSegment(name, hint`give the key another name with ${{ field: "keyName" }}.`);
    const revokeAt = given.expires === undefined ? undefined : parseExpiry(given.expires, ctx.clock.now());
    const signed = await chooseSignature(given.username, ctx, answers);
    const keys = accountKeys(signed.request, ctx, signed.whose);
    const permissions = uniquePermissions(given.permissions);
    const wanted = { name, permissions, ...(revokeAt === undefined ? {} : { revoke_at: revokeAt }) };
    const key = await makeNoted(wanted, making, keys, ctx);
    // Older registries ignore an expiry. Revoke a key without one, because its maker expects it to expire.
    if (revokeAt !== undefined && key.revoke_at == null) {
      await endMaking(key.name, making, ctx);
      throw await takeBack(key.name, keys.revoke, eternal);
    }
    if (key.revoke_at == null) warnOfEternity(key, ctx);
    return {
      name: key.name,
      secret: key.secret,
      permissions: key.permissions.map(formatPermission),
      expiresAt: key.revoke_at ?? null,
      registry: ctx.registry.apiUrl,
    };
  },
  settle: ({ name }, ctx) => endMaking(name, making, ctx),
});

const making = { operation: "key.generate" };

/** `package:NAME` is the same as `package:hexpm/NAME`. */
function uniquePermissions(given: readonly string[]) {
  const parsed = given
    .map(parsePermission)
    .map((permission) => [formatPermission(permission), permission] as const);
  return [...new Map(parsed).values()];
}

interface Signed {
  readonly whose: Whose;
  readonly request: Send;
}

/**
 * Chooses how to sign. A session or a plain key signs by itself. If a local password encrypts the write key, or nobody
 * is signed in, the account password signs, as in mix hex. If the person gave the local password, the write key signs.
 */
async function chooseSignature(
  username: string | undefined,
  ctx: Context,
  answers: Answers,
): Promise<Signed> {
  const stored = await readStored(ctx, answers);
  const write = stored?.keys?.write;
  const isSealedSignIn =
    write !== undefined && isSealed(write) && stored?.apiKey === undefined && stored?.session === undefined;
  const takesPasswords = answers.accountPassword !== undefined || (await ctx.memory.recall()).basic !== false;
  const byLocalPassword = isSealedSignIn && (answers.localPassword != null || !takesPasswords);
  const byAccountPassword = isSealedSignIn || (stored === undefined && answers.accountPassword !== undefined);
  if (byLocalPassword || !byAccountPassword) return byCredential(username, ctx, answers, stored);
  const name = username ?? (await findUsername(ctx, answers, stored));
  if (name === undefined || answers.accountPassword === undefined) throw passwordMissing(name, answers);
  const send = sendAs(ctx, { authorization: basicAuthorization(name, answers.accountPassword) });
  return {
    whose: {
      name: `The account password of ${name}`,
      isPadded: isPadded(answers.accountPassword),
      answer: "accountPassword",
    },
    async request(request) {
      const response = await send(request);
      if (newKeyRecord().safeParse(readJson(response)).success) await ctx.memory.learn({ basic: true });
      if (readRefusal(response) !== "account_passwords_off") return response;
      await ctx.memory.learn({ basic: false });
      const fallback = await byCredential(username, ctx, answers, stored);
      return fallback.request(request);
    },
  };
}

/**
 * Signs with the stored credential. Fails if the person named another account, because its key can't be made this way.
 */
async function byCredential(
  username: string | undefined,
  ctx: Context,
  answers: Answers,
  stored: StoredCredentials | undefined,
): Promise<Signed> {
  const registry = await signedRegistry(ctx, answers, "write", stored);
  const { whose } = registry.credential;
  if (username !== undefined) {
    const { value: owner } = await readOwnUser(registry.request);
    if (owner === undefined) {
      ctx.emit({
        type: "warning",
        message: `${whose.name} signs for this, so the username that you gave has no effect.`,
      });
    } else if (!isNamed(username, owner)) {
      throw anotherAccount(whose, owner.username, username);
    }
  }
  return { whose, request: registry.request };
}

function isNamed(name: string, { username, email }: { username: string; email?: string | null | undefined }) {
  return [username, email].some((known) => known?.toLowerCase() === name.toLowerCase());
}

function anotherAccount(whose: Whose, owner: string, username: string) {
  return fail(
    "invalid_input",
    `${whose.name} belongs to the account ${owner}, so it can't make a key for ${username}.`,
    {
      hint: hint`leave out ${{ field: "username" }} for a key of ${owner}. For a key of ${username}, sign in as ${username}, best with a separate profile (${{ option: "profile" }}).`,
      details: { reason: "another_account" },
    },
  );
}

/** Finds the username with the read key, which isn't encrypted. */
async function findUsername(
  ctx: Context,
  answers: Answers,
  stored: StoredCredentials | undefined,
): Promise<string | undefined> {
  if (stored?.keys?.read === undefined) return undefined;
  const registry = await signedRegistry(ctx, answers, "read", stored);
  const user = await readOwnUser(registry.request);
  return user.status === 200 ? user.accept().username : undefined;
}

function passwordMissing(username: string | undefined, answers: Answers) {
  const needs: Need[] = [];
  if (username === undefined) needs.push({ input: "username", because: "missing" });
  if (answers.accountPassword === undefined) needs.push({ answer: "accountPassword", because: "missing" });
  return fail("authentication_required", "This registry requires the account password to make a key.", {
    hint: hint`run this on a terminal, or give it with ${{ answer: "accountPassword" }} (and ${{ field: "username" }}), or the local password with ${{ answer: "localPassword" }}.`,
    needs,
  });
}

const eternal = {
  code: "not_supported",
  message: "This registry can't make keys that expire: it made one that doesn't.",
  hint: hint`leave out ${{ field: "expires" }}, and revoke the key with ${{ call: "key.revoke" }} when you no longer need it.`,
  needs: [{ input: "expires", because: "wrong" }],
} as const;
