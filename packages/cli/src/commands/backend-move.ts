import { isDeepStrictEqual } from "node:util";
import {
  type AccountKey,
  type Answers,
  type CredentialBackend,
  defineOperation,
  FailureError,
  fail,
  hint,
  isSealed,
  type Need,
  type Session,
  type StoredCredentials,
  shortestLocalPassword,
} from "@hexuser/core";
import { backendNames } from "@hexuser/credentials/backends";
import { z } from "zod";
import type { CommandContext } from "../host/backends.ts";

export const backendMove = defineOperation({
  id: "backend.move",
  summary: "Move the credentials to another backend and use it",
  description:
    "Copies all credentials of this profile, reads them back, compares them, and only then removes the originals. An interruption loses nothing: run the command again to finish.",
  examples: [{ means: "Move the credentials to the keychain of this system", input: { to: "keychain" } }],
  effect: "write",
  input: z.strictObject({
    to: z
      .string({ error: "is missing" })
      .min(1, "must not be empty")
      .describe(backendNames(({ canKeep }) => canKeep))
      .meta({ title: "Backend", completes: "backend" }),
  }),
  answers: ["localPassword", "localPasswords", "newLocalPassword"],
  output: z.strictObject({ from: z.string(), to: z.string(), moved: z.array(z.string()) }),
  show: ({ from, to, moved }) => ({
    notices:
      from === to
        ? [`${to} is in use already.`]
        : [
            `${to} is in use from now on.`,
            moved.length === 0 ? "There was nothing to move." : `Moved from ${from}: ${moved.join(", ")}.`,
          ],
  }),
  reach: "machine",
  stdin: { rest: "localPasswords" },
  async run({ to }, ctx: CommandContext, answers) {
    const { backends, profile } = ctx;
    const settings = backends.settings();
    const { leaving, backend: _backend, ...otherSettings } = settings;
    const isFinished = leaving !== undefined && settings.backend === to;
    const from = isFinished ? leaving : backends.inUse;
    for (const id of [from, to]) if (!backends.describe(id).canKeep) throw keepsNothing(id);
    if (leaving !== undefined && !isFinished && to !== leaving) throw unfinished(leaving, settings.backend);
    const [source, target] = [await backends.make(from), await backends.make(to)];
    if (from === to) return { from, to, moved: [] };
    const state = await target.available();
    if (!state.available) throw fail("storage_unavailable", state.why, { hint: state.hint });
    const accounts = (await source.list())
      .filter((held) => held.profile === profile)
      .sort((one, other) => (one.origin < other.origin ? -1 : 1));
    const plain = new Map<AccountKey, StoredCredentials>();
    for (const account of accounts) {
      const stored = await source.read(account);
      if (stored !== undefined) plain.set(account, await openAll(stored, account, source, answers));
    }
    const current = new Set<AccountKey>();
    for (const [account, { session }] of leaving === undefined ? [] : plain) {
      const there = await target.read(account);
      // The person may have used one of the two places since the interruption. The place with the newer session is
      // current.
      const isCurrent = isFinished ? !isNewer(session, there?.session) : isNewer(there?.session, session);
      if (there !== undefined && isCurrent) current.add(account);
    }
    const copied = [...plain].filter(([account]) => !current.has(account));
    await askForNewPassword(
      copied.map(([, credentials]) => credentials),
      target,
      answers,
    );
    for (const [account, credentials] of copied)
      await copy(account, credentials, target, answers, leaving !== undefined);
    await backends.choose({ ...otherSettings, backend: to, leaving: from });
    for (const [account, credentials] of plain) {
      const remove = async (now: StoredCredentials | undefined) => {
        const opened = now === undefined ? undefined : await openAll(now, account, source, answers);
        // The session was refreshed meanwhile, so the copied tokens are dead.
        if (opened !== undefined && !isSame(opened, credentials)) {
          await copy(account, opened, target, answers, true);
        }
        return undefined;
      };
      await source.update(account, remove, { moved: true });
    }
    await backends.choose({ ...otherSettings, backend: to });
    return { from, to, moved: [...plain.keys()].map(({ origin }) => origin) };
  },
});

/**
 * Tells whether the token of one session ends later. That session was refreshed last, and the tokens of the other are
 * dead.
 */
function isNewer(one: Session | undefined, other: Session | undefined): boolean {
  return one !== undefined && other !== undefined && one.expiresAt > other.expiresAt;
}

/** Refuses to forget the first place while it still has credentials, because nobody would remove them. */
function unfinished(from: string, to = "") {
  return fail("invalid_input", `A move from ${from} to ${to} has not come to its end.`, {
    hint: hint`finish it with \`hexuser backend move --to ${to}\`, then move on.`,
  });
}

function keepsNothing(id: string) {
  return fail(
    "invalid_input",
    `The backend “${id}” stores nothing, so you can't move credentials from or to it.`,
    {
      hint: hint`choose another with \`hexuser backend use\`, and sign in there with \`hexuser auth\`.`,
    },
  );
}

/**
 * Returns the credentials with a plain write key, even if a local password encrypts it. Each registry may have its own
 * local password, so this tries all given ones.
 */
async function openAll(
  stored: StoredCredentials,
  { origin }: AccountKey,
  { seal }: CredentialBackend,
  { localPassword, localPasswords = [] }: Answers,
): Promise<StoredCredentials> {
  const write = stored.keys?.write;
  if (stored.keys === undefined || write === undefined || !isSealed(write)) return stored;
  if (seal === undefined)
    throw fail(
      "storage_damaged",
      "A local password encrypts a stored key, but this backend has no local passwords.",
    );
  const given = new Set([localPassword ?? [], ...localPasswords].flat());
  for (const password of given) {
    try {
      return { ...stored, keys: { ...stored.keys, write: await seal.open(write, password) } };
    } catch (error) {
      if (!(error instanceof FailureError) || error.failure.code !== "authentication_refused") throw error;
    }
  }
  throw passwordMissing(origin, given.size > 0);
}

function passwordMissing(origin: string, isGiven: boolean) {
  return fail(
    isGiven ? "authentication_refused" : "authentication_required",
    isGiven
      ? `The given local password doesn't decrypt the key for ${origin}.`
      : `A local password encrypts the key for ${origin}.`,
    {
      hint: hint`run this on a terminal, or give the local passwords with --local-password-stdin, one a line, in the order of the registries' addresses. If you have forgotten one, run \`hexuser deauth\` for that registry first.`,
      needs: [{ answer: "localPassword", because: isGiven ? "wrong" : "missing", for: origin }],
    },
  );
}

async function askForNewPassword(
  all: readonly StoredCredentials[],
  target: CredentialBackend,
  answers: Answers,
): Promise<void> {
  const isNeeded = target.seal !== undefined && all.some(({ keys }) => keys?.write !== undefined);
  if (!isNeeded || answers.newLocalPassword !== undefined) return;
  const needs: Need[] = [{ answer: "newLocalPassword", because: "missing" }];
  throw fail("authentication_required", "In that place, a local password encrypts the key.", {
    hint: hint`run this on a terminal, or give a local password of at least ${shortestLocalPassword} characters with --local-password-stdin.`,
    needs,
  });
}

/** Writes an account to the new place and reads it back. Existing credentials there may have to be the same. */
async function copy(
  account: AccountKey,
  credentials: StoredCredentials,
  target: CredentialBackend,
  answers: Answers,
  mayReplace: boolean,
): Promise<void> {
  const sealed = await sealAll(credentials, target, answers);
  await target.update(
    account,
    async (now) => {
      if (now === undefined || mayReplace) return sealed;
      if (isSame(await reopened(now, account, target, answers), credentials)) return now;
      throw fail(
        "storage_write_failed",
        `${target.location(account)} holds other credentials for ${account.origin}.`,
        {
          hint: hint`sign out there with \`hexuser deauth --backend ${target.id}\`, then move again.`,
        },
      );
    },
    { signIn: true },
  );
  const back = await target.read(account);
  if (back !== undefined && isSame(await reopened(back, account, target, answers), credentials)) return;
  throw fail(
    "storage_write_failed",
    `${target.location(account)} returned something else than hexuser wrote.`,
    {
      hint: hint`hexuser removed nothing from the old place. Check the new place, or choose another.`,
    },
  );
}

async function sealAll(
  credentials: StoredCredentials,
  target: CredentialBackend,
  { newLocalPassword }: Answers,
): Promise<StoredCredentials> {
  const { keys } = credentials;
  if (target.seal === undefined || typeof keys?.write !== "string" || newLocalPassword === undefined) {
    return credentials;
  }
  const seal = await target.seal.prepare(newLocalPassword);
  return { ...credentials, keys: { ...keys, write: seal(keys.write) } };
}

/** Treats a part that is `undefined` like an absent one. */
function isSame(one: StoredCredentials, other: StoredCredentials): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));
}

function reopened(
  stored: StoredCredentials,
  account: AccountKey,
  target: CredentialBackend,
  { newLocalPassword }: Answers,
) {
  return openAll(
    stored,
    account,
    target,
    newLocalPassword === undefined ? {} : { localPassword: newLocalPassword },
  );
}
