import { z } from "zod";
import { answerNames } from "./answers.ts";
import { lazily } from "./lazily.ts";

// The schemas of failures. hexuser publishes them; commands don't check failures by them.

/** All codes of failures. Front ends map them to exit codes, and scripts may compare them. */
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
 * Something that the operation lacks. The front end gets it from the person, adds it and executes the call again.
 * `answer` is one of the answers, which the front end hides while the person types if it's secret; `input` is a field
 * of the operation's input. An `optional` need may be answered with `null`: the person declines, or nobody can be
 * asked.
 */
export const needSchema = lazily(() =>
  z.union([
    z.strictObject({
      answer: z.enum(answerNames()),
      because: z.enum(["missing", "wrong"]),
      optional: z.boolean().optional(),
      /** Distinguishes several answers of one name: for a local password, the registry. */
      for: z.string().optional(),
    }),
    z.strictObject({ input: z.string(), because: z.enum(["missing", "wrong"]) }),
  ]),
);

/** What went wrong, more precisely than the code. The names of most reasons explain them. */
const reasons = [
  // Reasons about the registry and the connection to it.
  ...(["not_a_registry", "untrusted_certificate", "proxy_refused", "answer_too_large"] as const),
  // Reasons about the account and its credentials.
  ...(["not_signed_in", "session_ended", "foreign_session", "wrong_account_password"] as const),
  ...([
    "email_unconfirmed",
    "perhaps_deactivated",
    "two_factor_off",
    "another_account",
    "scope_too_narrow",
  ] as const),
  // Reasons about the backend.
  ...(["no_home", "home_closed", "not_kept", "locked", "refused", "no_bus", "no_service"] as const),
  ...(["no_directory", "no_library", "too_long", "hangs", "unanswered", "worker", "unknown"] as const),
  ...(["missing", "late", "too_much", "garbage", "broken", "not_set_up", "no_key", "failed"] as const),
] as const;

/** A reason without data of its own. */
export type PlainReason = (typeof reasons)[number];

/** A refused part of the input. Its path names a field of the input, or uses the registry's names. */
const issueSchema = () => z.strictObject({ path: z.array(z.string()), message: z.string() });

/** Facts for programs. Each may come with any reason. */
const facts = lazily(() => ({
  status: z.int().optional().describe("HTTP status of the registry's answer"),
  registry: z.string().optional().describe("What the registry said"),
  error: z.string().optional().describe("What the registry said, as RFC 6749 (5.2) names it"),
  retryAfter: z.number().optional().describe("Seconds to wait before the next request"),
  mayHaveHappened: z.literal(true).optional().describe("A change was sent and may have been made"),
  issues: z.array(issueSchema()).optional().describe("What was refused"),
  fields: z.array(z.string()).optional().describe("The values that the registry refused, as sentences"),
  method: z.string().optional().describe("The method that works at this registry"),
  backend: z.string().optional(),
  path: z.string().optional(),
  line: z.int().optional(),
  errno: z.string().optional(),
  keptIn: z.string().optional().describe("Where the new tokens of a session are until they can be stored"),
  /** For a document of calls. */
  problems: z.array(z.strictObject({ call: z.int().optional(), message: z.string() })).optional(),
  count: z.int().optional(),
  /** The output of an operation that succeeded at the registry and failed on this machine. */
  forgotten: z.boolean().optional(),
  sessionEnded: z.boolean().optional(),
  revoked: z.array(z.string()).optional(),
  remaining: z.array(z.string()).optional().describe("Names of keys that a call has still to revoke"),
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

/** A failure: what happened, and what to do next. */
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
