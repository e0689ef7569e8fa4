import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CredentialBackend } from "@hexuser/core";
import { createFileBackend } from "../../src/file/file-backend.ts";
import { listProfiles, profileDirectory } from "../../src/file/profiles.ts";

/** A home directory for one test, with its backend. */
export interface TemporaryHome {
  readonly root: string;
  /** The `hex.config` of the default profile. */
  readonly path: string;
  readonly backend: CredentialBackend;
  write(content: string | Uint8Array): Promise<void>;
  read(): Promise<string>;
  remove(): Promise<void>;
}

export async function makeHome(): Promise<TemporaryHome> {
  const root = await mkdtemp(join(tmpdir(), "hexuser-"));
  const path = join(root, "hex.config");
  return {
    root,
    path,
    backend: backendIn(root),
    write: (content) => writeFile(path, content),
    read: () => readFile(path, "utf8"),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** The backend with this directory as its default profile. */
export function backendIn(root: string): CredentialBackend {
  const environment = {
    env: { HEX_HOME: root, XDG_CONFIG_HOME: join(root, "config") },
    homedir: root,
    platform: process.platform,
  };
  return createFileBackend({
    directory: (profile) => profileDirectory(profile, environment),
    profiles: () => listProfiles(environment),
  });
}
