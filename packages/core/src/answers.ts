import { z } from "zod";

/** How often a person may give a wrong answer before the call ends; front ends count. */
export const triesPerAnswer = 3;

/**
 * What a person may be asked for while an operation runs. One closed list for all operations, kept apart from
 * the input so that it's never serialized with it, logged or kept.
 * `null` declines what a failure called optional.
 */
export const answersSchema = z.strictObject({
  /** The key that the person brings, as `auth --with-key` reads it. */
  key: secret("API key").optional(),
  /** The account's password at the registry. */
  accountPassword: secret("Account password").optional(),
  /** The password that encrypts credentials on this machine. */
  localPassword: secret("Local password").nullable().optional(),
  /** The local password that is to be set. */
  newLocalPassword: secret("New local password").optional(),
  /** The six digits that the person's authenticator shows. */
  otp: z
    .string()
    .regex(/^[0-9]{6}$/, "must be six digits")
    .meta({ title: "Two-factor code", secret: "never" })
    .optional(),
  /** Whether credentials that another program left without naming a registry belong to this one. */
  adoptCredentials: z.boolean().meta({ title: "Use these credentials for this registry" }).optional(),
});

export type Answers = z.output<typeof answersSchema>;
export type AnswerName = keyof Answers;

export const answerNames = Object.keys(answersSchema.shape) as [AnswerName, ...AnswerName[]];

function secret(title: string) {
  return z.string().min(1, "must not be empty").meta({ title, secret: "never" });
}
