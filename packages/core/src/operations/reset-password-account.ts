import { z } from "zod";
import type { Context } from "../context.ts";
import { readOwnUser, requestPasswordReset } from "../hex-api/accounts.ts";
import { notARegistry } from "../hex-api/answer.ts";
import { noAccounts } from "../hex-api/refusal.ts";
import { defineOperation } from "../operation.ts";
import { sendAs } from "../registry/registry-request.ts";
import { sitePage } from "../registry/site.ts";
import { shortText } from "../schema/typed-text.ts";

export const resetPasswordAccount = defineOperation({
  id: "reset_password.account",
  summary: "Reset the password of your account",
  description:
    "Asks the registry to send an email with a link that sets a new account password. A current registry does this only on its site; hexuser opens that page.",
  examples: [{ means: "Have the registry send you an email", input: { account: "ada" } }],
  effect: "write",
  input: z.strictObject({
    account: shortText(255)
      .describe("The account's username or email")
      .meta({ title: "Username or email", arg: true }),
  }),
  answers: [],
  output: z.strictObject({
    sent: z
      .boolean()
      .describe("Whether the registry took the request; it doesn't say whether the account exists"),
    page: z.string().nullable().describe("The page for the reset, if the registry sends no email"),
  }),
  show: () => ({}),
  page: "visited",
  evidence: "see whether the registry sent its email",
  async run({ account }, ctx) {
    const answer = await requestPasswordReset(sendAs(ctx), account);
    if (answer.isMissing) {
      if (!(await hasAccounts(ctx))) throw noAccounts(ctx.registry);
      const page = sitePage(ctx.registry, "/password/reset");
      ctx.emit({
        type: "open_page",
        url: page,
        why: "This registry resets account passwords on its site only.",
      });
      return { sent: false, page };
    }
    answer.accept();
    ctx.emit({
      type: "notice",
      message: `If there is an account of ${account}, the registry has sent it an email. Open the link in it to set a new password.`,
    });
    return { sent: true, page: null };
  },
});

/** A registry with accounts answers 401 to a request without credentials. */
async function hasAccounts(ctx: Context): Promise<boolean> {
  const answer = await readOwnUser(sendAs(ctx));
  if (answer.isMissing) return false;
  if (answer.status === 401 && answer.credentialState() === "unknown") throw notARegistry(answer.response);
  if (answer.status !== 401) answer.accept();
  return true;
}
