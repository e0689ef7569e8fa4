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
 * Makes a helper named `fake` from a shell script, in a folder that is removed after the test. `$1` is the action, and
 * the folder is the working directory.
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

/** A helper that works: it stores each item in a file. */
export const goodHelper = `
case $1 in
  get) read -r url; f=$(printf %s "$url" | tr / _); [ -f "kept$f" ] || { echo "credentials not found in native keychain"; exit 1; }; cat "kept$f";;
  store) cat > new; url=$(sed 's/^{"ServerURL":"//; s/".*//' new); f=$(printf %s "$url" | tr / _); mv new "kept$f";;
  erase) read -r url; f=$(printf %s "$url" | tr / _); rm -f "kept$f";;
  list) echo '{}';;
esac
`;
