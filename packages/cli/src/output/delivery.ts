import { resolve } from "node:path";
import {
  type AnyOperation,
  type DeliveryChoice,
  FailureError,
  fail,
  handsOver,
  hint,
  type Outcome,
  secretFields,
} from "@hexuser/core";
import { apiKeyLine } from "@hexuser/credentials";
import { toSafeJson } from "../text/escape-text.ts";
import { lostLeftover } from "./lost-secret.ts";
import { openAppended, openSecretFile } from "./secret-file.ts";

type Output = Readonly<Record<string, unknown>>;

/** How to deliver the secret of one call. It was checked before the call. */
export interface Delivery {
  /** Puts the secret into the chosen form. */
  phrase(output: Output): string;
  /**
   * Writes the secret of a successful call to its file, and returns the outcome without it. If that fails, the failure
   * names what is left at the registry. A secret for standard output stays in the outcome.
   */
  deliver(outcome: Outcome): Promise<Outcome>;
}

/** The circumstances of a delivery. */
interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output gets a JSON document, which contains the secret unless a file does. */
  readonly isDocument: boolean;
  /** Writes to standard output, and returns whether somebody reads it. */
  readonly print: (line: string) => Promise<boolean>;
}

/**
 * Prepares the delivery of a secret. Fails with `invalid_input` or `storage_write_failed`, before anything else
 * happens, if this delivery is impossible.
 */
export function prepareDelivery(
  operation: AnyOperation,
  { format, output, force = false, for: client = "mix", shell = "bash" }: DeliveryChoice,
  { env, isDocument, print }: Surroundings,
): Delivery {
  const githubFile = env.GITHUB_ENV || undefined;
  const isOnGithub = format === "github" && githubFile !== undefined && output === undefined;
  if (!handsOver(operation)) throw refuse("This call gives no secret that could be written anywhere.");
  if (force && output === undefined) throw refuse("No file was named that could be replaced.");
  if (isDocument && output === undefined && !isOnGithub)
    throw refuse("The JSON document holds the secret, so nothing else can have another form.");
  const [field = ""] = secretFields(operation);
  const secretOf = (given: Output) => String(given[field]);
  const destination = isOnGithub
    ? openAppended(githubFile)
    : output === undefined
      ? undefined
      : openSecretFile(resolve(output), { replace: force });
  const phrase = (given: Output) => {
    if (format === "json") return toSafeJson(given);
    if (format === undefined) return secretOf(given);
    return apiKeyLine(secretOf(given), client, format === "env" ? shell : "plain");
  };
  return {
    phrase,
    async deliver(outcome) {
      if (destination === undefined) return outcome;
      if (!outcome.ok || outcome.output[field] === undefined) {
        await destination.abandon();
        return outcome;
      }
      try {
        if (isOnGithub) await hide(`::add-mask::${secretOf(outcome.output)}`);
        await destination.keep(phrase(outcome.output));
      } catch (error) {
        await destination.abandon();
        const leftover = operation.leaves?.(outcome.output) ?? { keys: [], undo: [] };
        return { ok: false, failure: lostLeftover(leftover, error) };
      }
      const { [field]: _, ...others } = outcome.output;
      return { ok: true, output: { ...others, savedTo: destination.where } };
    },
  };

  /** GitHub reads its commands on both streams. */
  async function hide(command: string): Promise<void> {
    if (isDocument) process.stderr.write(`${command}\n`);
    else if (!(await print(command))) throw undefined;
  }
}

function refuse(message: string) {
  return fail("invalid_input", message, {
    hint: hint`name a file for the secret with \`output\` (--output), or leave out how to write it.`,
  });
}

/**
 * Executes a call whose outcome becomes a document, and writes its secret to the place that the call chose. If the
 * place is unusable, it executes nothing and returns a failure.
 *
 * @param undelivered is called if the call has succeeded, and its secret didn't reach its place
 */
export async function executeDelivering(
  {
    operation,
    deliver: choice,
  }: { readonly operation: AnyOperation; readonly deliver?: DeliveryChoice | undefined },
  execute: () => Promise<Outcome>,
  undelivered: (output: Record<string, unknown>) => Promise<unknown>,
): Promise<Outcome> {
  if (choice === undefined) return execute();
  try {
    const surroundings = { env: process.env, isDocument: true, print: async () => true };
    const { deliver } = prepareDelivery(operation, choice, surroundings);
    const executed = await execute();
    const delivered = await deliver(executed);
    if (executed.ok && !delivered.ok) await undelivered(executed.output);
    return delivered;
  } catch (error) {
    if (error instanceof FailureError) return { ok: false, failure: error.failure };
    throw error;
  }
}
