import { z } from "zod";
import { type AccountKeys, accountKeys } from "../account/account-keys.ts";
import type { CredentialInUse } from "../account/credential-in-use.ts";
import { accountHolder, type KeyHolder, organizationHolder } from "../account/key-holder.ts";
import { type Criteria, criteriaFields, matchesCriteria, toListedKey } from "../account/listed-key.ts";
import { describeKey } from "../account/owner.ts";
import { signedRegistry } from "../account/signed-registry.ts";
import type { Context } from "../context.ts";
import { FailureError, fail } from "../failure.ts";
import { quoteSome } from "../hex-api/key-record.ts";
import { keyCall } from "../hex-api/keys.ts";
import { hint } from "../hint.ts";
import { defineOperation } from "../operation.ts";
import { sendAs } from "../registry/registry-request.ts";
import { TransportError } from "../transport.ts";
import { listOf, lookAtKeys, tellRevocation } from "./key-list.ts";

function defineKeyPrune(holder: KeyHolder) {
  return defineOperation({
    id: `${holder.prefix}key.prune`,
    mistakenNames: ["key clean", "key cleanup"].map(holder.command),
    summary: `Revoke the keys of ${holder.whose} that you no longer need`,
    description: `Revokes keys of ${holder.whoseInFull}: those that match every condition that you give. You have to give at least one. It never revokes a key that this machine uses. If it ends early, the failure says what was revoked, and the same call continues. Registries usually don't list keys that have expired, so they can't be revoked, and needn't be.`,
    examples: [
      {
        means: "Revoke the keys that nobody has used for half a year",
        input: { ...holder.example, unused: "180d" },
      },
    ],
    effect: "destroy",
    input: z.strictObject({ ...holder.fields, ...criteriaFields }),
    answers: ["otp", "localPassword", "adoptCredentials"],
    output: z.strictObject({
      revoked: z.array(z.string()).describe("The names of the keys that were revoked"),
      kept: z.array(z.string()).describe("The names of keys that match, but that this machine uses"),
    }),
    confirm: (input) =>
      hasCriterion(input)
        ? {
            ...lookAtKeys(holder, input),
            tell: ({ keys }) => tellRevocation(keys.filter(({ inUse }: { inUse: boolean }) => !inUse)),
          }
        : undefined,
    show: ({ revoked, kept }) => ({
      notices: [
        revoked.length === 0
          ? "There was no key to revoke. Registries usually don't list keys that have expired."
          : `Revoked ${countKeys(revoked.length)}: ${quoteSome(revoked)}.`,
        ...(kept.length === 0 ? [] : [`Kept, because this machine uses it: ${quoteSome(kept)}.`]),
      ],
    }),
    evidence: listOf(holder),
    choice: {
      beside: listOf(holder),
      name: "Clean up keys",
      means: "You say which keys you no longer need, look at them, and revoke them.",
    },
    learnKeyNames: ({ revoked }, known) => known.filter((name) => !revoked.includes(name)),
    async run({ organization, ...criteria }, ctx, answers) {
      if (!hasCriterion(criteria)) {
        throw fail("invalid_input", "Say which keys are to be revoked.", {
          hint: hint`give ${{ field: "unused" }}, ${{ field: "expired" }} or ${{ field: "permission" }}; ${keyCall("list", organization)} takes them, too, and changes nothing.`,
        });
      }
      const reading = await signedRegistry(ctx, answers, "read");
      const { whose, stored } = reading.credential;
      const listed = await accountKeys(reading.request, ctx, whose, organization).list();
      const matching = listed
        .map((key) => toListedKey(key, reading.credential))
        .filter((key) => matchesCriteria(key, criteria, ctx.clock.now()));
      if (matching.every(({ inUse }) => inUse))
        return { revoked: [], kept: matching.map(({ name }) => name) };
      // Ask for a local password or a code only now, when there is something to revoke.
      const writing = await signedRegistry(ctx, answers, "write", stored);
      const signer = await nameSigner(writing.credential, ctx);
      const isKept = ({ name, inUse }: (typeof matching)[number]) => inUse || name === signer;
      const names = matching.filter((key) => !isKept(key)).map(({ name }) => name);
      const keys = accountKeys(writing.request, ctx, writing.credential.whose, organization);
      const revoked = await revokeEach(names, keys, ctx);
      return { revoked, kept: matching.filter(isKept).map(({ name }) => name) };
    },
  });
}

export const keyPrune = defineKeyPrune(accountHolder);
export const organizationKeyPrune = defineKeyPrune(organizationHolder);

function hasCriterion({ unused, expired, permission }: Criteria): boolean {
  return unused !== undefined || expired === true || permission !== undefined;
}

/** Finds the name of the write key of a classic sign-in. The read key, another key, lists the keys. */
async function nameSigner({ kind, authorization, stored }: CredentialInUse, ctx: Context) {
  if (kind !== "keys") return undefined;
  return stored.keys?.names?.write ?? (await describeKey(sendAs(ctx, { authorization })))?.name;
}

/** Revokes one key after the other, so that the registry's rate limit delays only the next one. */
async function revokeEach(names: readonly string[], keys: AccountKeys, ctx: Context): Promise<string[]> {
  const revoked: string[] = [];
  for (const name of names) {
    try {
      await keys.revoke(name);
    } catch (error) {
      throw revoked.length === 0 ? error : endEarly(revoked, names.slice(revoked.length), error);
    }
    revoked.push(name);
    ctx.emit({ type: "progress", what: "Revoked", done: revoked.length, total: names.length });
  }
  return revoked;
}

/** Adds to the reason what was done and what remains. An expired code can be asked for again. */
function endEarly(revoked: readonly string[], remaining: readonly string[], cause: unknown): unknown {
  const isInterrupted = cause instanceof TransportError && cause.kind === "aborted";
  if (!(cause instanceof FailureError) && !isInterrupted) return cause;
  const failure = cause instanceof FailureError ? cause.failure : undefined;
  const done = `Revoked ${countKeys(revoked.length)}: ${quoteSome(revoked)}. Not revoked yet: ${quoteSome(remaining)}.`;
  return fail(failure?.code ?? "interrupted", `${failure?.message ?? "Interrupted."} ${done}`, {
    hint: hint`${failure?.hint === undefined ? "" : hint`${failure.hint} Then `}make the same call again: it revokes the remaining ${countKeys(remaining.length)}.`,
    needs: failure?.needs,
    details: {
      ...failure?.details,
      ...(isInterrupted ? { mayHaveHappened: true as const } : {}),
      revoked: [...revoked],
      remaining: [...remaining],
    },
    cause,
  });
}

function countKeys(count: number): string {
  return count === 1 ? "1 key" : `${count} keys`;
}
