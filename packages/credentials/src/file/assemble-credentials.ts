import type { ClassicKeys, StoredCredentials } from "@hexuser/core";
import type { SessionTokens } from "./hex-slots.ts";

/** The parts of a sign-in that are bound separately, because mix hex replaces them separately. */
export const slotNames = ["apiKey", "session", "write", "read", "repositories"] as const;
export type SlotName = (typeof slotNames)[number];

/** What is known of an account, in single parts. */
export interface Parts extends Partial<Record<Exclude<SlotName, "session">, string | undefined>> {
  readonly session?: SessionTokens | undefined;
  readonly scope?: string | undefined;
  readonly madeAt?: number | undefined;
  readonly clientId?: string | undefined;
  readonly names?: { readonly [Key in "write" | "read" | "repositories"]?: string | undefined };
}

/** Makes credentials of what is there; what is absent isn't a field either. */
export function assemble({
  apiKey,
  session,
  scope,
  madeAt,
  clientId,
  write,
  read,
  repositories,
  names,
}: Parts): StoredCredentials {
  const keys = present<ClassicKeys>({
    write: write === undefined ? undefined : { sealed: write },
    read,
    repositories,
  });
  const knownNames = present<NonNullable<ClassicKeys["names"]>>({
    write: write === undefined ? undefined : names?.write,
    read: read === undefined ? undefined : names?.read,
    repositories: repositories === undefined ? undefined : names?.repositories,
  });
  return (
    present<StoredCredentials>({
      apiKey,
      session: session && { ...session, ...present({ scope, madeAt, clientId }) },
      keys: keys && { ...keys, ...(knownNames === undefined ? {} : { names: knownNames }) },
    }) ?? {}
  );
}

function present<T extends object>(fields: { [Name in keyof T]: T[Name] | undefined }): T | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as T);
}
