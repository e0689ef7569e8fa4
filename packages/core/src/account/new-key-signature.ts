import { type Answers, isPadded } from "../answers.ts";
import type { Context } from "../context.ts";
import { fail, type Need } from "../failure.ts";
import { readOwnUser } from "../hex-api/accounts.ts";
import { newKeyRecord } from "../hex-api/key-record.ts";
import { readJson, readRefusal } from "../hex-api/read-refusal.ts";
import type { Whose } from "../hex-api/refusal.ts";
import { hint } from "../hint.ts";
import { basicAuthorization, type Send, sendAs } from "../registry/registry-request.ts";
import { isSealed, type StoredCredentials } from "../stored-credentials.ts";
import { readStored } from "./credential-in-use.ts";
import { signedRegistry } from "./signed-registry.ts";

/** Who signs the request for a new key. */
export interface Signed {
  readonly whose: Whose;
  readonly request: Send;
}

/**
 * Chooses how to sign. A session or a plain key signs by itself. If a local password encrypts the write key, or nobody
 * is signed in, the account password signs, as in mix hex. If the person gave the local password, the write key signs.
 */
export async function chooseSignature(
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
