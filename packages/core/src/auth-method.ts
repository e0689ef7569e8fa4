import type { z } from "zod";
import type { Context } from "./context.ts";
import type { ClassicKeys, Session } from "./stored-credentials.ts";

/** What a method may touch. */
export type AuthContext = Pick<Context, "registry" | "http" | "clock" | "hostname" | "emit" | "signal">;

/** What a method obtains, unsealed. */
export type Credentials =
  | { readonly kind: "key"; readonly apiKey: string }
  | { readonly kind: "keys"; readonly keys: ClassicKeys & { readonly write: string } }
  | { readonly kind: "session"; readonly session: Session };

/**
 * How secrets are obtained. `acquire` is given the fields of `input` that the person named, answers included;
 * it asks for nothing, and undoes what it began when it fails.
 * A registry that doesn't know the method makes it throw `not_supported`; one that has it switched off,
 * `authentication_refused` with `details.method`, the id of the method that would work, where that is known.
 */
export interface AuthMethod {
  /** "device", "password", "key" */
  readonly id: string;
  readonly input: z.ZodObject;
  acquire(input: unknown, ctx: AuthContext): Promise<Credentials>;
  refresh?(credentials: Credentials, ctx: AuthContext): Promise<Credentials>;
  revoke?(credentials: Credentials, ctx: AuthContext): Promise<void>;
}
