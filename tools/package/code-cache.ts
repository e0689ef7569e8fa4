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

/** What people run most, and what they wait for. The compiler's work on what these use is kept, and on nothing else. */
const commands = [
  ["auth", "--username", "someone", "--password-stdin", "--local-password-stdin"],
  ["whoami"],
];
const password = "account password";

/**
 * Runs commands of the program on `runtime`, with a registry of its own, and keeps what the compiler made of each part
 * in `folder`: the functions that were run, too, which the compiler's cache has not by itself. Only a runtime of the
 * same version and for the same architecture can read it. Gives the files by the names that the program knows them by.
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
    // Not synchronously: the registry answers in this process.
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
