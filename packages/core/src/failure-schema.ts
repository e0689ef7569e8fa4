import { z } from "zod";
import { answerNames } from "./answers.ts";
import { lazily } from "./lazily.ts";

// The schemas of failures, which are published and which commands don't check.

/** Every way in which hexuser fails. Front ends map these to exit codes; scripts may match on them. */
export const failureCodes = [
  "invalid_input",
  "confirmation_required",
  "registry_refused",
  "validation_failed",
  "not_found",
  "not_supported",
  "authentication_required",
  "authentication_refused",
  "storage_unavailable",
  "storage_locked",
  "storage_damaged",
  "storage_write_failed",
  "network_unreachable",
  "network_timeout",
  "registry_unavailable",
  "offline",
  "rate_limited",
  "interrupted",
  "defect",
] as const;

/**
 * Something that the operation lacks. The front end gets it from the person (an answer is asked for unseen
 * where it is secret; an input is a field of the operation's input), adds it, and executes again.
 * An `optional` need may be answered with `null`: the person declines, or nobody is there to ask.
 */
export const needSchema = lazily(() =>
  z.union([
    z.strictObject({
      answer: z.enum(answerNames()),
      because: z.enum(["missing", "wrong"]),
      optional: z.boolean().optional(),
      /** Which one, where there are several: for a local password, the registry. */
      for: z.string().optional(),
    }),
    z.strictObject({ input: z.string(), because: z.enum(["missing", "wrong"]) }),
  ]),
);

/** What went wrong, where the code isn't precise enough for programs. Most reasons say it all by their name. */
const reasons = [
  // The registry, and the way to it.
  ...(["not_a_registry", "untrusted_certificate", "proxy_refused", "answer_too_large"] as const),
  // The account, and what signs for it.
  ...(["not_signed_in", "session_ended", "foreign_session", "wrong_account_password"] as const),
  ...(["email_unconfirmed", "perhaps_deactivated", "two_factor_off", "another_account"] as const),
  // The place for the credentials.
  ...(["no_home", "home_closed", "not_kept", "locked", "refused", "no_bus", "no_service"] as const),
  ...(["no_directory", "no_library", "too_long", "hangs", "unanswered", "worker", "unknown"] as const),
  ...(["missing", "late", "too_much", "garbage", "broken", "not_set_up", "no_key", "failed"] as const),
] as const;

/** A reason that comes without data of its own. */
export type PlainReason = (typeof reasons)[number];

/** A part of what was given that was refused, by its path: a field of the input, or as the registry calls it. */
const issueSchema = () => z.strictObject({ path: z.array(z.string()), message: z.string() });

/** Facts for programs. Each may come with any reason. */
const facts = lazily(() => ({
  status: z.int().optional().describe("Of the registry's answer (HTTP)"),
  registry: z.string().optional().describe("What the registry said"),
  error: z.string().optional().describe("What the registry said, as RFC 6749 (5.2) names it"),
  retryAfter: z.number().optional().describe("Seconds after which the registry wants to be asked again"),
  mayHaveHappened: z.literal(true).optional().describe("A change was sent, and may have been made"),
  issues: z.array(issueSchema()).optional().describe("What was refused"),
  fields: z.array(z.string()).optional().describe("The same in sentences, for what the registry refused"),
  method: z.string().optional().describe("The method of signing in that works here"),
  backend: z.string().optional(),
  path: z.string().optional(),
  line: z.int().optional(),
  errno: z.string().optional(),
  keptIn: z.string().optional().describe("Where the new tokens of a session are until they can be stored"),
  /** Of a document of calls. */
  problems: z.array(z.strictObject({ call: z.int().optional(), message: z.string() })).optional(),
  count: z.int().optional(),
  /** The output of an operation that succeeded at the registry, and failed on this machine. */
  forgotten: z.boolean().optional(),
  sessionEnded: z.boolean().optional(),
  revoked: z.array(z.string()).optional(),
  alive: z.array(z.string()).optional(),
}));

const detailsSchema = lazily(() =>
  z.union([
    z.strictObject({ ...facts(), reason: z.enum(reasons).optional() }),
    z.strictObject({
      ...facts(),
      reason: z.enum(["insecure", "key_of_other_registry"]),
      origin: z.string(),
    }),
    z.strictObject({ ...facts(), reason: z.literal("other_registry"), origin: z.string().optional() }),
    z.strictObject({
      ...facts(),
      reason: z.literal("secret_lost"),
      keys: z.array(z.string()).optional().describe("Names of keys whose secrets are lost"),
    }),
  ]),
);

/** A failure as every front end gets it: what happened, and what to do next. */
export const failureSchema = lazily(() =>
  z
    .strictObject({
      code: z.enum(failureCodes),
      message: z.string(),
      hint: z.string().optional(),
      needs: z.array(needSchema()).optional(),
      details: detailsSchema().optional(),
    })
    .meta({ id: "failure" }),
);
