import { readdirSync } from "node:fs";
import { delimiter } from "node:path";
import type { BackendKind } from "../backend-kind.ts";
import { lockDirectory } from "../file/config-directory.ts";

const prefix = "helper:";
const programFile = /^docker-credential-([A-Za-z0-9][A-Za-z0-9._-]*?)(\.exe)?$/;

/** Milliseconds: the helper may have to ask a person for a passphrase. */
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
      means: `The program docker-credential-${name} keeps them, which is installed here. mix hex doesn't see it.`,
    };
  },
  /** Looks on the PATH for credential helpers. */
  find({ PATH = "" }) {
    const directories = [...new Set(PATH.split(delimiter))].filter((directory) => directory !== "");
    const names = directories.flatMap(listFiles).flatMap((file) => programFile.exec(file)?.[1] ?? []);
    return [...new Set(names)].sort().map((name) => prefix + name);
  },
  async open(id, { home, isInteractive, notify }) {
    const { createHelperBackend } = await import("./helper-backend.ts");
    return createHelperBackend({
      name: id.slice(prefix.length),
      env: home.env,
      lockDirectory: lockDirectory(home),
      limit: isInteractive ? limits.interactive : limits.otherwise,
      notify,
    });
  },
};

/** A directory that can't be read has no helpers. */
function listFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
