import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../env/variables.ts";

/** Where docker-credential-pass keeps what it's given, within the store. */
const itsFolder = "docker-credential-helpers";

/**
 * Whether pass knows a key to encrypt with. Its helper answers reading and listing without one as if nothing were kept
 * yet, and fails only when it's to keep something.
 *
 * @param env with the variables of pass (`man pass`, Environment variables)
 */
export async function isPassSetUp(env: Environment): Promise<boolean> {
  if (env.PASSWORD_STORE_KEY) return true;
  const store = env.PASSWORD_STORE_DIR || (env.HOME && join(env.HOME, ".password-store"));
  if (!store) return false;
  const files = [join(store, ".gpg-id"), join(store, itsFolder, ".gpg-id")];
  const found = await Promise.all(
    files.map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
