import { z } from "zod";
import type { Hint } from "./hint.ts";

/**
 * The schema of the events that an operation emits while it runs. Events get no answer. Their texts may come from a
 * server and are not escaped yet. Most runs never need the schema, so it's made on demand.
 */
export const eventSchema = () =>
  z
    .discriminatedUnion("type", [
      z
        .strictObject({
          type: z.literal("device_code"),
          userCode: z.string(),
          verificationUri: z.string(),
          verificationUriComplete: z.string(),
          expiresIn: z.number().describe("Seconds"),
          otherHost: z
            .string()
            .optional()
            .describe(
              "The host of the address if it isn't the registry's; don't open it without asking the person",
            ),
        })
        .describe("The person has to enter this code at this address"),
      z
        .strictObject({
          type: z.literal("device_pending"),
          secondsLeft: z.number().describe("Until the code expires"),
        })
        .describe("Still waiting for the person's approval"),
      z
        .strictObject({
          type: z.literal("progress"),
          what: z.string().describe("What is being done, as the beginning of a sentence"),
          done: z.int(),
          total: z.int(),
        })
        .describe("So much of a long call is done"),
      z
        .strictObject({ type: z.literal("open_page"), url: z.string(), why: z.string() })
        .describe("A page that the person should visit"),
      z
        .strictObject({ type: z.literal("retry"), why: z.string(), seconds: z.number() })
        .describe("A request is repeated after a pause"),
      z
        .strictObject({
          type: z.literal("registry_message"),
          level: z.enum(["warn", "fatal"]),
          text: z.string(),
        })
        .describe("A message of the registry for the person (`x-hex-message`)"),
      z
        .strictObject({ type: z.literal("notice"), message: z.string() })
        .describe("Something the person should know, though nothing failed"),
      z
        .strictObject({ type: z.literal("warning"), message: z.string() })
        .describe("A problem that didn't end the operation"),
    ])
    .meta({ id: "event" });

/** An event for other programs. The front end has put its hint into words. */
export type PublishedEvent = z.output<ReturnType<typeof eventSchema>>;

/** An event for front ends. */
export type Event =
  | Exclude<PublishedEvent, { readonly type: "notice" | "warning" }>
  | Remark<"notice">
  | Remark<"warning">;

interface Remark<Type> {
  readonly type: Type;
  readonly message: string;
  /** What the person can do about it. */
  readonly hint?: Hint | undefined;
}

export type Emit = (event: Event) => void;

/** An event in the words that every front end uses. */
export interface Phrase {
  readonly text: string;
  readonly isWarning: boolean;
  readonly hint?: Hint | undefined;
}

/**
 * Puts an event into words. Returns `undefined` for a page to open, for a sign-in that waits for approval and for
 * progress, which each front end shows in its own way.
 */
export function phraseEvent(event: Event): Phrase | undefined {
  switch (event.type) {
    case "retry":
      return { text: `${event.why} Trying again in ${event.seconds} s.`, isWarning: false };
    case "registry_message":
      return { text: `The registry says: ${event.text}`, isWarning: true };
    case "notice":
    case "warning":
      return { text: event.message, isWarning: event.type === "warning", hint: event.hint };
    default:
      return undefined;
  }
}

/** Says that the registry waits for the person. */
export const approvalWords = (left: string) => `Waiting for your approval (${left} left).`;

/** Says how far a call has got. */
export function phraseProgress({ what, done, total }: Extract<Event, { type: "progress" }>): string {
  return `${what}: ${done} of ${total}.`;
}

/** Sentences about the person's browser. */
export const browserWords = {
  opening: "Opening your browser there.",
  notOpened: "No browser could be opened: open the address yourself.",
};
