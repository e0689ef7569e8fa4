import { readdirSync } from "node:fs";
import { delimiter } from "node:path";
import type { BackendKind } from "../backend-kind.ts";
import { lockDirectory } from "../file/directories.ts";

const prefix = "helper:";
const programFile = /^docker-credential-([A-Za-z0-9][A-Za-z0-9._-]*?)(\.exe)?$/;

/** Milliseconds. The helper may have to ask a person for a passphrase. */
const limits = { interactive: 120_000, otherwise: 30_000 };

export const helperKind: BackendKind = {
  name: "helper:NAME",
  prefix,
  isShared: false,
  canKeep: true,
  describe(id) {
    const name = id.slice(prefix.length);
    return {
      title: `With ${name}`,
      means: `The program docker-credential-${name}, which is installed here, stores them. mix hex doesn't see them.`,
    };
  },
  /** Finds the credential helpers on the PATH. */
  find({ PATH = "" }) {
    const directories = [...new Set(PATH.split(delimiter))].filter((directory) => directory !== "");
    const names = directories.flatMap(listFiles).flatMap((file) => programFile.exec(file)?.[1] ?? []);
    return [...new Set(names)].sort().map((name) => prefix + name);
  },
  async open(id, { home, isInteractive, notify, lend }) {
    const { createHelperBackend } = await import("./helper-backend.ts");
    return createHelperBackend({
      name: id.slice(prefix.length),
      env: home.env,
      lockDirectory: lockDirectory(home),
      limit: isInteractive ? limits.interactive : limits.otherwise,
      notify,
      // gpg asks on the terminal only if this variable names it.
      lend: isInteractive && home.env.GPG_TTY ? lend : undefined,
    });
  },
};

/** Skips directories that can't be read. */
function listFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
