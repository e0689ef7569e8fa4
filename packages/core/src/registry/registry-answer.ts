import { z } from "zod";
import { FailureError, fail } from "../failure.ts";
import type { HttpResponse } from "../transport.ts";
import { readJson, refusal, unknownOutcome } from "./registry-refusal.ts";
import type { RegistryResponse } from "./registry-request.ts";

/**
 * Gives the body of the answer that an endpoint owes: 200 or 201 with JSON that fits the schema. Any other success proves
 * nothing, because a captive portal or a catch-all page answers 200 to everything; it fails with `registry_unavailable`
 * and `details.reason` `not_a_registry`. A refusal fails as `refusal` says.
 *
 * @param schema the fields that prove what was asked for
 * @param whose names the credential for the message: "The session", "The key in HEX_API_KEY"
 */
export function acceptAnswer<T extends z.ZodType>(
  response: RegistryResponse,
  schema: T,
  whose?: string,
): z.output<T> {
  if (response.status < 200 || response.status > 299) throw refusal(response, whose);
  const body = schema.safeParse(readJson(response));
  if (!body.success || response.status > 201) throw notARegistry(response);
  return body.data;
}

/** Accepts an answer whose endpoint owes exactly this status without content. Fails as `acceptAnswer` does. */
export function acceptEmpty(response: RegistryResponse, status: 200 | 204, whose?: string): void {
  if (response.status < 200 || response.status > 299) throw refusal(response, whose);
  if (response.status !== status || response.body !== "") throw notARegistry(response);
}

/** The failure for a success that no Hex registry sends. */
export function notARegistry(response: RegistryResponse): FailureError {
  const type = /^[\w.+-]{1,40}\/[\w.+-]{1,40}/.exec(response.headers["content-type"] ?? "")?.[0];
  const what = [String(response.status), ...(type === undefined ? [] : [type])].join(", ");
  return fail("registry_unavailable", `This isn't the answer of a Hex registry (${what}).`, {
    hint: `check that the address given with --api-url or HEX_API_URL is the API of a Hex registry, and that no proxy or sign-in page of the network answers in its place.${
      response.lookAt === undefined ? "" : ` Then ${response.lookAt}`
    }`,
    details: { status: response.status, reason: notRegistry, ...unknownOutcome(response) },
  });
}

const notRegistry = "not_a_registry";

/** Whether a failure says that something else than a Hex registry has answered. */
export function isNotRegistry(error: unknown): error is FailureError {
  return error instanceof FailureError && error.failure.details?.reason === notRegistry;
}

/**
 * What an answer to a signed request says about its credential: `dead` only where the registry itself refuses the
 * credential, in JSON. A 204 is `null` for `proof`. One that lacks a permission, or whose account isn't confirmed yet, lives all the same.
 */
export function credentialState(response: HttpResponse, proof: z.ZodType): "alive" | "dead" | "unknown" {
  const { status } = response;
  if (status === 200 || status === 204) {
    const content = status === 204 && response.body === "" ? null : readJson(response);
    return proof.safeParse(content).success ? "alive" : "unknown";
  }
  const said = refusalBody().safeParse(readJson(response)).data;
  if (said === undefined) return "unknown";
  if (status === 403) return "alive";
  if (status !== 401) return "unknown";
  return /not authorized/i.test(said.message) ? "alive" : "dead";
}

const refusalBody = () => z.object({ message: z.string() });
