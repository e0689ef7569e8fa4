import type { z } from "zod";
import { FailureError, fail } from "../failure.ts";
import { hint } from "../hint.ts";
import type { RegistryResponse } from "../registry/registry-request.ts";
import { type Refusal, readJson, readMessage, readRefusal } from "./read-refusal.ts";
import { refusal, unknownOutcome, type Whose } from "./refusal.ts";

/** Reads the value that an endpoint promises. Returns `undefined` for any other answer. */
type Read<T> = (response: RegistryResponse) => T | undefined;

/** The answer of an endpoint of the Hex API. */
export class Answer<T> {
  readonly response: RegistryResponse;
  /**
   * The value that the endpoint promises. It's `undefined` for a refusal, and for a success that no Hex registry sends.
   */
  readonly value: T | undefined;

  constructor(response: RegistryResponse, read: Read<T>) {
    this.response = response;
    this.value = read(response);
  }

  get status(): number {
    return this.response.status;
  }

  /** The endpoint doesn't exist, or not for this credential. */
  get isMissing(): boolean {
    return this.status === 404;
  }

  /** The meaning of a refusal, if hexuser knows it. */
  get refusal(): Refusal | undefined {
    return readRefusal(this.response);
  }

  /**
   * Returns the value that the endpoint promises. A refusal fails as `refusal` says. Any other success fails with
   * `registry_unavailable` and `details.reason` `not_a_registry`, because a captive portal or a catch-all page answers
   * 200 to every request.
   *
   * @param whose the credential that signed
   */
  accept(whose?: Whose): T {
    if (this.value === undefined) throw this.failure(whose);
    return this.value;
  }

  /** The failure for an answer without a value. */
  failure(whose?: Whose): FailureError {
    const isSuccess = this.status >= 200 && this.status <= 299;
    return isSuccess ? notARegistry(this.response) : refusal(this.response, whose);
  }

  /**
   * The state of the credential that signed the request. It's `dead` only if the registry itself refuses the
   * credential, in JSON. A credential without the permission, or of an account that isn't confirmed yet, is alive.
   *
   * @param proves whether the value proves that the registry accepted the credential
   */
  credentialState(proves: (value: T) => boolean = () => true): "alive" | "dead" | "unknown" {
    if (this.value !== undefined) return proves(this.value) ? "alive" : "unknown";
    if (readMessage(this.response) === undefined) return "unknown";
    if (this.status === 403) return "alive";
    if (this.status !== 401) return "unknown";
    return this.refusal === "not_authorized" ? "alive" : "dead";
  }

  /** Whether a refusal has the form of a Hex registry: JSON with the status and a message. */
  get isHexRefusal(): boolean {
    const body = readJson(this.response);
    return readMessage(this.response) !== undefined && (body as { status?: unknown }).status === this.status;
  }
}

/** Accepts 200 or 201 with JSON that fits the schema. */
export function json<T>(schema: z.ZodType<T>): Read<T> {
  return (response) =>
    response.status === 200 || response.status === 201
      ? schema.safeParse(readJson(response)).data
      : undefined;
}

/** Accepts exactly this status without content. The value is `null`. */
export function empty(status: 200 | 204): Read<null> {
  return (response) => (response.status === status && response.body === "" ? null : undefined);
}

/** The failure for a success that no Hex registry sends. */
export function notARegistry(response: RegistryResponse): FailureError {
  const type = /^[\w.+-]{1,40}\/[\w.+-]{1,40}/.exec(response.headers["content-type"] ?? "")?.[0];
  const what = [String(response.status), ...(type === undefined ? [] : [type])].join(", ");
  return fail("registry_unavailable", `This isn't the answer of a Hex registry (${what}).`, {
    hint: hint`check that the address given with ${{ option: "apiUrl" }} is the API of a Hex registry, and that no proxy or sign-in page of the network answers in its place.${
      response.lookAt === undefined ? "" : hint` Then ${response.lookAt}`
    }`,
    details: { status: response.status, reason: notRegistry, ...unknownOutcome(response) },
  });
}

const notRegistry = "not_a_registry";

/** Tells whether a failure says that a server answered that isn't a Hex registry. */
export function isNotRegistry(error: unknown): error is FailureError {
  return error instanceof FailureError && error.failure.details?.reason === notRegistry;
}
