import { z } from "zod";
import { lazily } from "./lazily.ts";

/** How often a person may give a wrong answer before the call ends. */
export const triesPerAnswer = 3;

/** The minimum number of characters of a new local password. An existing one from mix hex may be shorter. */
export const shortestLocalPassword = 8;

/**
 * The answers that an operation may need while it runs. It is one closed list for all operations. It is separate from
 * the input, so that answers are never serialized with the input, logged or stored. `null` declines an answer that a
 * failure called optional.
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
      /** All local passwords so far, for a backend whose keys have different ones. Each of them is tried. */
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
        // Authenticators show the code in groups: “123 456”.
        .regex(/^\s*(?:[0-9][\s-]*){6}$/, "must be six digits")
        .overwrite((code) => code.replaceAll(/\D/g, ""))
        .meta({
          title: "Two-factor code",
          description: "The six digits that your authenticator shows now.",
          secret: "never",
        })
        .optional(),
      /** Whether credentials of another program that don't name their registry belong to this one. */
      adoptCredentials: z.boolean().meta({ title: "Use these credentials for this registry" }).optional(),
      /** Whether an address whose key signed a new session is an older address of the same registry. */
      sameRegistry: z.boolean().meta({ title: "Are both addresses the same registry" }).optional(),
    })
    .meta({ id: "answers" }),
);

/** How an operation words the questions for its answers. */
export interface OwnWords {
  /**
   * The operation's own words for its answers. They also say whether the person chooses the value now, so that the
   * front end asks twice.
   */
  readonly words?: Readonly<Partial<Record<AnswerName, AnswerWords>>> | undefined;
}

export interface AnswerWords {
  readonly title?: string;
  readonly description?: string;
  readonly isNew?: boolean;
}

/** Tells whether the person chooses this password now. A typing mistake in it would lock them out. */
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

/** Tells whether a password has white space at its ends. */
export function isPadded(password: string): boolean {
  return password !== password.trim();
}

const paddedPassword =
  "must not begin or end with white space: other Hex clients remove it from what you type, so you could not sign in there";

export type Answers = z.output<ReturnType<typeof answersSchema>>;
export type AnswerName = keyof Answers;

/** Tells whether an answer is a decision. The failure that asks for a decision explains it. */
export function isYesOrNo(answer: AnswerName): answer is "adoptCredentials" | "sameRegistry" {
  return answer === "adoptCredentials" || answer === "sameRegistry";
}

/** Tells whether an answer is of no use to anybody within seconds. Whoever types it may see it. */
export function isShortLived(answer: AnswerName): boolean {
  return answer === "otp";
}

export const answerNames = lazily(() => Object.keys(answersSchema().shape) as [AnswerName, ...AnswerName[]]);

function secret(title: string, description: string) {
  return z.string().min(1, "must not be empty").meta({ title, description, secret: "never" });
}
