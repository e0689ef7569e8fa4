import { z } from "zod";
import { lazily } from "./lazily.ts";

const secret = () => z.string().min(1).meta({ secret: "never" });

/** A secret under a local password, in the form of its backend. */
const sealedSchema = lazily(() => z.strictObject({ sealed: secret() }));
export type Sealed = z.output<ReturnType<typeof sealedSchema>>;

/**
 * An OAuth session (RFC 6749). Times are UNIX times in seconds: `expiresAt` is the end of the access token. `madeAt` is
 * the time of the sign-in, which refreshed tokens keep. It's unknown for a session of another program.
 */
const sessionSchema = lazily(() =>
  z.strictObject({
    accessToken: secret(),
    refreshToken: secret().optional(),
    expiresAt: z.int(),
    scope: z.string().optional(),
    madeAt: z.int().optional(),
    /** The OAuth client that opened the session, if it isn't the Hex CLI. */
    clientId: z.string().optional(),
  }),
);
export type Session = z.output<ReturnType<typeof sessionSchema>>;

/** The three keys of a classic sign-in, and the names that the registry gave them, if they are known. */
const classicKeysSchema = lazily(() =>
  z.strictObject({
    write: z.union([secret(), sealedSchema()]).optional(),
    read: secret().optional(),
    repositories: secret().optional(),
    names: z
      .strictObject({
        write: z.string().optional(),
        read: z.string().optional(),
        repositories: z.string().optional(),
      })
      .optional(),
  }),
);
export type ClassicKeys = z.output<ReturnType<typeof classicKeysSchema>>;

/** The keys that a classic sign-in makes. */
export const keyKinds = ["write", "read", "repositories"] as const;
export type KeyKind = (typeof keyKinds)[number];

/**
 * All credentials that a backend holds for one account. `apiKey` takes precedence over `session`, and `session` over
 * `keys`, as in mix hex.
 */
export const storedCredentialsSchema = lazily(() =>
  z.strictObject({
    /** A key that the person gave. `deauth` removes it here and never revokes it. */
    apiKey: secret().optional(),
    /** The environment variable that holds `apiKey`, if the key isn't in the backend itself. */
    apiKeyFrom: z.string().optional(),
    session: sessionSchema().optional(),
    keys: classicKeysSchema().optional(),
  }),
);
export type StoredCredentials = z.output<ReturnType<typeof storedCredentialsSchema>>;

/** Tells whether a secret is sealed. */
export function isSealed(value: string | Sealed): value is Sealed {
  return typeof value !== "string";
}
