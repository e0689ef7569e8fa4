import {
  type AuthContext,
  type AuthMethod,
  basicAuthorization,
  type ClassicKeys,
  type Credentials,
  createKey,
  fail,
  hint,
  isPadded,
  isSealed,
  type KeyKind,
  keyKinds,
  noAccounts,
  parsePermission,
  quoteName,
  readOwnUser,
  requireSecret,
  revokeKey,
  sendAs,
} from "@hexuser/core";
import { z } from "zod";
import { readInput } from "../method-input.ts";

const passwordInput = z.strictObject({
  username: z.string().min(1).max(255),
  accountPassword: z.string().min(1),
  keyName: z.string().min(1).max(200).optional(),
  keyKinds: z.array(z.enum(keyKinds)).optional(),
});

/** The keys of a sign-in. They have the same names as those of mix hex, so people recognize them in their account. */
const kinds = [
  { kind: "write", suffix: "api", permission: "api" },
  { kind: "read", suffix: "api-read", permission: "api:read" },
  { kind: "repositories", suffix: "repositories", permission: "repositories" },
] as const;

type Named = { readonly name: string; readonly secret: string };
type Made = Partial<Record<KeyKind, Named>>;

/**
 * Signs in as older clients do: the account password makes three keys, and hexuser doesn't store the password. Current
 * registries refuse it. Then it fails with `authentication_refused`, and `details.method` names a method that works
 * there.
 */
export function passwordMethod(): AuthMethod {
  return {
    id: "password",
    yields: "keys",
    needs: "account_password",
    shows: "basic",
    input: passwordInput,
    check,
    acquire,
    revoke,
  };
}

function whoseIs(accountPassword: string) {
  const name = "The username with this account password";
  return { name, answer: "accountPassword", isPadded: isPadded(accountPassword) } as const;
}

/**
 * Sends a request without side effects. It fails whenever the sign-in would fail, except for an account without a
 * confirmed address: classic registries refuse only some requests of such an account.
 */
async function check(input: unknown, ctx: AuthContext): Promise<void> {
  const { username, accountPassword } = readInput(passwordInput, input);
  const send = sendAs(ctx, { authorization: basicAuthorization(username, accountPassword) });
  const answer = await readOwnUser(send);
  if (answer.refusal === "account_passwords_off") throw switchedOff();
  if (answer.isMissing) throw noAccounts(ctx.registry);
  if (answer.refusal !== "email_unconfirmed") answer.accept(whoseIs(accountPassword));
}

async function acquire(input: unknown, ctx: AuthContext): Promise<Credentials> {
  const { username, accountPassword, keyName, keyKinds: wanted } = readInput(passwordInput, input);
  const authorization = basicAuthorization(username, accountPassword);
  const made: Made = {};
  try {
    for (const { kind, suffix, permission } of kinds) {
      // Don't make a key that the backend has no place for: nobody could use it, and it would stay valid at the
      // registry.
      if (kind !== "write" && wanted?.includes(kind) === false) continue;
      ctx.signal.throwIfAborted();
      const name = `${keyName ?? ctx.hostname}-${suffix}`;
      made[kind] = await createNamedKey(name, permission, { username, accountPassword }, undisturbed(ctx));
    }
  } catch (error) {
    await revokeNames(
      Object.values(made).map(({ name }) => name),
      authorization,
      undisturbed(ctx),
    ).catch(() => tellLeftovers(made, ctx));
    throw error;
  }
  return { kind: "keys", keys: toClassicKeys({ ...made, write: made.write as Named }) };
}

/**
 * Ignores interruptions. A key that was interrupted while it was made would stay unknown, so nobody could revoke it.
 * The revocation must not be interrupted either.
 */
function undisturbed(ctx: AuthContext): AuthContext {
  return { ...ctx, signal: new AbortController().signal };
}

async function createNamedKey(
  name: string,
  permission: string,
  { username, accountPassword }: Pick<z.output<typeof passwordInput>, "username" | "accountPassword">,
  ctx: AuthContext,
) {
  const send = sendAs(ctx, { authorization: basicAuthorization(username, accountPassword) });
  const answer = await createKey(send, { name, permissions: [parsePermission(permission)] });
  if (answer.refusal === "account_passwords_off") throw switchedOff();
  if (answer.isMissing) throw noAccounts(ctx.registry);
  const made = answer.accept(whoseIs(accountPassword));
  const key = await requireSecret(made, (madeName) => revokeKey(madeName, send, ctx));
  return { name: key.name, secret: key.secret };
}

function switchedOff() {
  return fail("authentication_refused", "This registry no longer accepts account passwords.", {
    hint: hint`sign in through the browser with ${{ call: "auth", given: { method: "device" } }}, or with a key that you have: ${{ call: "auth", given: { withKey: true } }}.`,
    details: { method: "device" },
  });
}

function toClassicKeys({ write, read, repositories }: Made & Required<Pick<Made, "write">>) {
  return {
    write: write.secret,
    ...(read === undefined ? {} : { read: read.secret }),
    ...(repositories === undefined ? {} : { repositories: repositories.secret }),
    names: { write: write.name, read: read?.name, repositories: repositories?.name },
  } satisfies ClassicKeys;
}

/** Revokes the three keys, signed by the write key, which comes last. */
async function revoke(credentials: Credentials, ctx: AuthContext): Promise<void> {
  if (credentials.kind !== "keys" || isSealed(credentials.keys.write)) {
    throw fail("defect", "The password method was given credentials that it can't revoke.");
  }
  const { names, write } = credentials.keys;
  const inOrder = [names?.repositories, names?.read, names?.write].filter((name) => name !== undefined);
  await revokeNames(inOrder, write, ctx);
}

async function revokeNames(names: readonly string[], authorization: string, ctx: AuthContext): Promise<void> {
  const send = sendAs(ctx, { authorization });
  for (const name of names) await revokeKey(name, send, ctx, { whose: { name: "The key" } });
}

function tellLeftovers(made: Made, ctx: AuthContext): void {
  const names = Object.values(made).map(({ name }) => quoteName(name));
  ctx.emit({
    type: "warning",
    message: `Keys were made at the registry and could not be revoked again: ${names.join(", ")}.`,
    hint: hint`revoke them with ${{ call: "key.revoke" }}.`,
  });
}
