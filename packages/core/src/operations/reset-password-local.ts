import { z } from "zod";
import { accountOf, notSignedIn, openSecret, readStored } from "../account/credential-in-use.ts";
import { type FailureError, fail } from "../failure.ts";
import { hint } from "../hint.ts";
import { defineOperation } from "../operation.ts";
import { isSealed, type StoredCredentials } from "../stored-credentials.ts";

export const resetPasswordLocal = defineOperation({
  id: "reset_password.local",
  summary: "Change the password that encrypts the credentials here",
  description:
    "Decrypts the write key with the local password and encrypts it with a new one. Nothing changes at the registry. No local password encrypts a session, so there is nothing to change for it.",
  examples: [{ means: "Choose another local password", input: {} }],
  effect: "write",
  input: z.strictObject({}),
  answers: ["localPassword", "newLocalPassword", "adoptCredentials"],
  output: z.strictObject({
    changed: z.boolean(),
    reason: z.string().nullable().describe("Why there was nothing to change"),
  }),
  show: ({ changed }) => ({ notices: changed ? ["The local password was changed."] : [] }),
  reach: "machine",
  evidence: "try the new local password",
  async run(_input, ctx, answers) {
    const stored = await readStored(ctx, answers);
    const write = stored?.keys?.write;
    if (write === undefined || !isSealed(write) || ctx.credentials.seal === undefined) {
      if (!isSignedIn(stored)) throw notSignedIn(ctx);
      const reason = "No local password encrypts anything on this machine.";
      ctx.emit({ type: "notice", message: reason });
      return { changed: false, reason };
    }
    const { newLocalPassword } = answers;
    const secret = await openSecret(write, ctx, answers);
    if (newLocalPassword === undefined) throw newPasswordMissing();
    const seal = await ctx.credentials.seal.prepare(newLocalPassword);
    const sealed = seal(secret);
    await ctx.credentials.update(accountOf(ctx), async (now) => {
      const current = now?.keys?.write;
      if (
        now?.keys === undefined ||
        current === undefined ||
        !isSealed(current) ||
        current.sealed !== write.sealed
      ) {
        throw fail("storage_damaged", "The credentials were changed by another program in the meantime.", {
          hint: hint`run ${{ call: "reset_password.local" }} again.`,
        });
      }
      return { ...now, keys: { ...now.keys, write: sealed } };
    });
    return { changed: true, reason: null };
  },
});

function isSignedIn(stored: StoredCredentials | undefined): boolean {
  return stored?.session !== undefined || stored?.keys !== undefined || stored?.apiKey !== undefined;
}

function newPasswordMissing(): FailureError {
  return fail("authentication_required", "You haven't given the new local password.", {
    hint: hint`run this on a terminal, or give the current password and the new one, on a line each, with ${{ answer: "localPassword" }}.`,
    needs: [{ answer: "newLocalPassword", because: "missing" }],
  });
}
