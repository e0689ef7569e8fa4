import { z } from "zod";
import { lazily } from "./lazily.ts";

/** How often a person may give a wrong answer before the call ends; front ends count. */
export const triesPerAnswer = 3;

/** Characters that a new local password has. One that was chosen with mix hex may have fewer, and still opens its key. */
export const shortestLocalPassword = 8;

/**
 * What a person may be asked for while an operation runs. One closed list for all operations, kept apart from
 * the input so that it's never serialized with it, logged or kept.
 * `null` declines what a failure called optional.
 */
export const answersSchema = lazily(() =>
  z
    .strictObject({
      key: secret("API key", "A key that you have; the registry's site or an administrator gave it to you.")
        .overwrite((key) => key.trim())
        .optional(),
      accountPassword: secret("Account password", "The password of your account at the registry.").optional(),
      localPassword: secret(
        "Local password",
        "The password that you chose on this machine; it encrypts the key that can change something at the registry.",
      )
        .nullable()
        .optional(),
      /** All that were given so far, where one place holds keys under different ones: each is tried. */
      localPasswords: z
        .array(secret("Local password", "One of the passwords that you chose on this machine."))
        .max(100)
        .meta({
          title: "Local passwords",
          description:
            "Several, if different local passwords encrypt the keys for several registries. hexuser tries each of them.",
          secret: "never",
        })
        .optional(),
      newLocalPassword: secret(
        "New local password",
        "The local password is yours to choose: it encrypts, on this machine, the key that can change something at the registry.",
      )
        .min(shortestLocalPassword, `must have at least ${shortestLocalPassword} characters`)
        .optional(),
      otp: z
        .string()
        // Authenticators show it in groups: “123 456”.
        .regex(/^\s*(?:[0-9][\s-]*){6}$/, "must be six digits")
        .overwrite((code) => code.replaceAll(/\D/g, ""))
        .meta({
          title: "Two-factor code",
          description: "The six digits that your authenticator shows now.",
          secret: "never",
        })
        .optional(),
      /** Whether credentials that another program left without naming a registry belong to this one. */
      adoptCredentials: z.boolean().meta({ title: "Use these credentials for this registry" }).optional(),
      /** Whether an address whose key signed a new session is an older address of the same registry. */
      sameRegistry: z.boolean().meta({ title: "Are both addresses the same registry" }).optional(),
    })
    .meta({ id: "answers" }),
);

/** What an operation says of its answers. */
export interface OwnWords {
  /** Words of its own for answers, and whether the person makes the answer up now, so that it's asked for twice. */
  readonly words?: Readonly<Partial<Record<AnswerName, AnswerWords>>> | undefined;
}

export interface AnswerWords {
  readonly title?: string;
  readonly description?: string;
  readonly isNew?: boolean;
}

/** Whether the person chooses this password now: a mistake in it would lock them out. */
export function isChosen(answer: AnswerName, { words }: OwnWords): boolean {
  return answer === "newLocalPassword" || words?.[answer]?.isNew === true;
}

/** The schema of the answers to one operation. A password that the person chooses has no white space at its ends. */
export function answersTo(operation: OwnWords) {
  return answersSchema().superRefine((answers, { addIssue }) => {
    for (const [name, answer] of Object.entries(answers)) {
      if (typeof answer !== "string" || !isPadded(answer) || !isChosen(name as AnswerName, operation))
        continue;
      addIssue({ code: "custom", path: [name], message: paddedPassword });
    }
  });
}

/** Whether a password has white space at its ends. */
export function isPadded(password: string): boolean {
  return password !== password.trim();
}

const paddedPassword =
  "must not begin or end with white space: other Hex clients remove it from what you type, so you could not sign in there";

export type Answers = z.output<ReturnType<typeof answersSchema>>;
export type AnswerName = keyof Answers;

/** Answers that are no secrets, but a decision: the failure that asks for them explains what there is to decide. */
export function isYesOrNo(answer: AnswerName): answer is "adoptCredentials" | "sameRegistry" {
  return answer === "adoptCredentials" || answer === "sameRegistry";
}

export const answerNames = lazily(() => Object.keys(answersSchema().shape) as [AnswerName, ...AnswerName[]]);

function secret(title: string, description: string) {
  return z.string().min(1, "must not be empty").meta({ title, description, secret: "never" });
}
