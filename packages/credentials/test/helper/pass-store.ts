import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The programs that the tests of pass run. */
export const passCommands = ["pass", "gpg", "gpgconf", "docker-credential-pass"] as const;

/** A password store with its own GPG key, in its own home directory. */
export interface PassStore {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs a program and returns its output. */
  run(command: string, ...parameters: string[]): Promise<string>;
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** @param passphrase of the GPG key; without it, the key needs no passphrase */
export async function makePassStore(passphrase = ""): Promise<PassStore> {
  // The path is short, because the path of the agent's socket can have only 108 bytes.
  const home = await mkdtemp(join(tmpdir(), "hexpass-"));
  const gnupg = join(home, "gnupg");
  await mkdir(gnupg, { mode: 0o700 });
  const env = { PATH: process.env.PATH ?? "", HOME: home, GNUPGHOME: gnupg, LANG: "C.UTF-8" };
  const start = async (command: string, ...parameters: string[]) =>
    (await run(command, parameters, { env })).stdout;
  const pinentry = passphrase === "" ? [] : ["--pinentry-mode", "loopback"];
  await start(
    "gpg",
    ...["--batch", "--quiet", ...pinentry, "--passphrase", passphrase],
    ...["--quick-generate-key", "hexuser test", "default", "default", "never"],
  );
  await start("pass", "init", "hexuser test");
  return {
    home,
    env,
    run: start,
    clear: () =>
      rm(join(home, ".password-store", "docker-credential-helpers"), { recursive: true, force: true }),
    async stop() {
      await start("gpgconf", "--kill", "all");
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
