import { z } from "zod";
import { lazily } from "./lazily.ts";

const secret = () => z.string().min(1).meta({ secret: "never" });

/** A secret under a local password, in the form that its backend keeps. */
const sealedSchema = lazily(() => z.strictObject({ sealed: secret() }));
export type Sealed = z.output<ReturnType<typeof sealedSchema>>;

/**
 * An OAuth session (RFC 6749). Times are UNIX times in seconds: `expiresAt` of the access token, `madeAt` of the
 * sign-in, which refreshed tokens keep; of a session that another program began, it isn't known.
 */
const sessionSchema = lazily(() =>
  z.strictObject({
    accessToken: secret(),
    refreshToken: secret().optional(),
    expiresAt: z.int(),
    scope: z.string().optional(),
    madeAt: z.int().optional(),
    /** What the registry knows the program by that opened the session (OAuth), where that isn't the Hex CLI. */
    clientId: z.string().optional(),
  }),
);
export type Session = z.output<ReturnType<typeof sessionSchema>>;

/** The three keys of a classic sign-in, and the names that the registry gave them, where they are known. */
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
 * All that a backend holds for one account. Of what is there, `apiKey` comes first, then `session`, then `keys`,
 * as in mix hex.
 */
export const storedCredentialsSchema = lazily(() =>
  z.strictObject({
    /** A key that the person brought: forgotten by `deauth`, never revoked. */
    apiKey: secret().optional(),
    /** Where `apiKey` was found, when that's not the backend itself: the name of an environment variable. */
    apiKeyFrom: z.string().optional(),
    session: sessionSchema().optional(),
    keys: classicKeysSchema().optional(),
  }),
);
export type StoredCredentials = z.output<ReturnType<typeof storedCredentialsSchema>>;

/** Tells a sealed secret from a plain one. */
export function isSealed(value: string | Sealed): value is Sealed {
  return typeof value !== "string";
}
