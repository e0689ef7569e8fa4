import { z } from "zod";
import type { Context } from "../context.ts";
import { FailureError, fail } from "../failure.ts";
import { createUser } from "../hex-api/accounts.ts";
import { noAccounts } from "../hex-api/refusal.ts";
import { hint } from "../hint.ts";
import { defineOperation } from "../operation.ts";
import { sendAs } from "../registry/registry-request.ts";
import { sitePage } from "../registry/site.ts";
import { shortText } from "../schema/typed-text.ts";
import { leadsToSession } from "../sign-in/replace-credentials.ts";

const longestEntry = 255;

/** Sends only one POST. Front ends continue with `auth`. */
export const register = defineOperation({
  id: "register",
  summary: "Create an account",
  description:
    "Creates an account at the registry after you accept its terms. The registry then sends an email with a link that confirms your address. The link works for 24 hours.",
  examples: [
    {
      means: "Create an account, and be asked for the password",
      input: { username: "ada", email: "ada@example.org" },
    },
  ],
  effect: "write",
  input: z.strictObject({
    acceptTerms: z
      .literal(true, { error: "the registry's terms have to be accepted" })
      .describe("Accept the registry's terms of service, code of conduct and privacy policy")
      .meta({ title: "Accept the terms" }),
    username: shortText(longestEntry)
      .describe("The account's name: three or more of a-z, 0-9, “_”, “.” and “-”")
      .meta({ title: "Username" }),
    email: shortText(longestEntry)
      .describe("The address that the registry sends its emails to")
      .meta({ title: "Email" }),
  }),
  answers: ["accountPassword"],
  output: z.strictObject({
    username: z.string(),
    email: z.string(),
    next: z.array(z.string()).describe("What is left to do, in this order"),
  }),
  show: ({ username, next }) => ({
    notices: [
      `The account ${username} was created. What is left to do:`,
      ...next.map(
        (step, index) =>
          hint`  ${index + 1}. ${step === signIn ? hint`Then sign in with ${{ call: "auth" }}.` : step}`,
      ),
    ],
  }),
  terms: "acceptTerms",
  words: {
    accountPassword: { description: "You choose the password of your new account now.", isNew: true },
  },
  evidence: "try to sign in to the account",
  next: {
    operation: "auth",
    input: ({ username }) => ({ username }),
    answers: ["accountPassword"],
    question: async (ctx) => ((await mayNeedConfirmation(ctx)) ? isConfirmed : undefined),
  },
  async run(input, ctx, answers) {
    if (answers.accountPassword === undefined) {
      throw fail("authentication_required", "The new account needs a password.", {
        hint: hint`run this on a terminal, or give the password with ${{ answer: "accountPassword" }}.`,
        needs: [{ answer: "accountPassword", because: "missing" }],
      });
    }
    const { username, email } = input;
    const answer = await createUser(sendAs(ctx), { username, email, password: answers.accountPassword });
    if (answer.isMissing) throw noAccounts(ctx.registry);
    return { username: answer.accept().username, email, next: await nextSteps(email, ctx) };
  },
});

const signIn = "Then sign in.";

/** The sign-in page refuses an account without a confirmed address. */
const isConfirmed =
  "The registry lets you sign in only after you have opened that link, and hexuser waits for it. Sign in now?";

/** Never fails because of the registry: the account exists already, and a failure would hide that. */
async function mayNeedConfirmation(ctx: Context): Promise<boolean> {
  try {
    return await leadsToSession({}, ctx);
  } catch (error) {
    if (!(error instanceof FailureError) || ctx.signal.aborted) throw error;
    return true;
  }
}

/** Older registries have neither sessions nor two-factor authentication. */
async function nextSteps(email: string, ctx: Context): Promise<string[]> {
  const isCurrent = (await ctx.memory.recall()).oauth;
  const security = sitePage(ctx.registry, "/dashboard/security");
  const twoFactor =
    isCurrent === true
      ? `Turn on two-factor authentication at ${security}: without it, the registry doesn't let an account change anything.`
      : `If the registry asks for two-factor authentication (hex.pm does), turn it on at ${security}.`;
  return [
    `Open the link in the email that the registry sent to ${email}, within 24 hours: it confirms the address.`,
    ...(isCurrent === false ? [] : [twoFactor]),
    signIn,
  ];
}
