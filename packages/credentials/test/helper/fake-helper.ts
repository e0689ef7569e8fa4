import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createHelperBackend, type HelperBackendOptions } from "../../src/helper/helper-backend.ts";

export interface FakeHelper {
  readonly folder: string;
  /** The program. */
  readonly path: string;
  readonly backend: ReturnType<typeof createHelperBackend>;
}

/**
 * A helper of the name `fake` that is a shell script, in a folder of its own that ends with the test; the action is
 * its `$1`, the folder its working directory when the script says `cd "${0%/*}"`.
 */
export async function makeFakeHelper(
  script: string,
  options: Partial<HelperBackendOptions> = {},
): Promise<FakeHelper> {
  const folder = await mkdtemp(join(tmpdir(), "hexuser-helper-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const path = join(folder, "docker-credential-fake");
  await writeFile(path, `#!/bin/sh\ncd "\${0%/*}"\n${script}\n`);
  await chmod(path, 0o755);
  const env = { PATH: `${folder}:${process.env.PATH}` };
  const lockDirectory = join(folder, "locks");
  return { folder, path, backend: createHelperBackend({ name: "fake", env, lockDirectory, ...options }) };
}

/** A script that keeps each item in a file, as a good helper does. */
export const goodHelper = `
case $1 in
  get) read -r url; f=$(printf %s "$url" | tr / _); [ -f "kept$f" ] || { echo "credentials not found in native keychain"; exit 1; }; cat "kept$f";;
  store) cat > new; url=$(sed 's/^{"ServerURL":"//; s/".*//' new); f=$(printf %s "$url" | tr / _); mv new "kept$f";;
  erase) read -r url; f=$(printf %s "$url" | tr / _); rm -f "kept$f";;
  list) echo '{}';;
esac
`;
