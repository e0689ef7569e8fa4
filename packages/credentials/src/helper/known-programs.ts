import { access } from "node:fs/promises";
import { join } from "node:path";
import { type Availability, type Hint, hint, type PlainReason } from "@hexuser/core";
import type { Environment } from "../file/directories.ts";

/** Facts about one helper that Docker's protocol doesn't tell. */
export interface KnownHelper {
  /** `pass` for `docker-credential-pass`. */
  readonly name: string;
  /** Characters of an item. */
  readonly longestItem?: number;
  /** For a helper that reads and lists before its store is set up, and fails only when it has to store something. */
  readonly findSetUp?: (env: Environment) => Promise<Availability>;
  /** What its errors mean. Helpers that call this one pass them on. */
  readonly errors?: readonly {
    readonly pattern: RegExp;
    readonly reason: PlainReason;
    readonly hint: Hint;
  }[];
}

const setUpPass = hint`set pass up with \`pass init KEY\`, where KEY is a GPG key of yours (\`gpg -K\` shows them).`;

const pass: KnownHelper = {
  name: "pass",
  findSetUp: async (env) =>
    (await hasGpgKey(env))
      ? { available: true }
      : {
          available: false,
          why: "pass has no store here yet, because it has no key to encrypt with.",
          hint: setUpPass,
        },
  errors: [
    { pattern: /pass not initialized|password store is empty/i, reason: "not_set_up", hint: setUpPass },
    {
      pattern: /No secret key|No pinentry|decryption failed/i,
      reason: "no_key",
      hint: hint`check with \`gpg -K\` that the GPG key is here, and that you can unlock it.`,
    },
  ],
};

/** The Windows Credential Manager stores 2,560 bytes in an item. */
const wincred: KnownHelper = { name: "wincred", longestItem: 2400 };

export const knownHelpers: readonly KnownHelper[] = [pass, wincred];

/** Tells whether pass knows a key, from its variables (`man pass`, Environment variables) and its files. */
async function hasGpgKey(env: Environment): Promise<boolean> {
  if (env.PASSWORD_STORE_KEY) return true;
  const store = env.PASSWORD_STORE_DIR || (env.HOME && join(env.HOME, ".password-store"));
  if (!store) return false;
  // Its helper stores everything in a folder of its own, which may have a key of its own.
  const files = [join(store, ".gpg-id"), join(store, "docker-credential-helpers", ".gpg-id")];
  const isThere = (file: string) =>
    access(file).then(
      () => true,
      () => false,
    );
  return (await Promise.all(files.map(isThere))).includes(true);
}
