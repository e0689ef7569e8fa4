import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startSandbox } from "@hexuser/sandbox";
import type { Bundle } from "./bundle.ts";
import type { Recording } from "./record-code-cache.ts";
import { runtimeArguments } from "./runtime.ts";

const recorder = fileURLToPath(new URL("record-code-cache.ts", import.meta.url));

/** The commands that people run most. The cache contains the compiled code of these commands only. */
const commands = [
  ["auth", "--username", "someone", "--password-stdin", "--local-password-stdin"],
  ["whoami"],
];
const password = "account password";

/**
 * Runs commands of the program on `runtime`, with its own registry, and stores the compiled code of each part in
 * `folder`. It includes the functions that ran, which V8's cache doesn't by default. Only a runtime of the
 * same version and architecture can read it. Returns the files by the names that the program uses.
 */
export async function recordCodeCaches(
  parts: Bundle["parts"],
  runtime: string,
  folder: string,
): Promise<Record<string, string>> {
  const sandbox = await startSandbox({ kind: "classic-2021", settings: { confirmEmails: false } });
  const home = mkdtempSync(join(tmpdir(), "hexuser-package-"));
  const env = { HOME: home, HEX_HOME: home, HEX_API_URL: sandbox.apiUrl, PATH: process.env.PATH ?? "" };
  try {
    await sandbox.control.createUser({ username: "someone", password });
    const recording: Recording = { parts, folder, commands };
    // It must not block: the registry answers in this process.
    const recorded = promisify(execFile)(
      runtime,
      [...runtimeArguments, "--random-seed=1", recorder, JSON.stringify(recording)],
      { env },
    );
    recorded.child.stdin?.end(`${password}\nlocal password\n`);
    await recorded;
  } finally {
    rmSync(home, { recursive: true, force: true });
    await sandbox.close();
  }
  const files = Object.keys(parts).map((name) => [`${name}.cache`, join(folder, `${name}.cache`)] as const);
  return Object.fromEntries(files.filter(([, file]) => existsSync(file)));
}
