import type { KeychainWorkerOptions } from "@hexuser/credentials";

type KeyringLibrary = Awaited<ReturnType<NonNullable<KeychainWorkerOptions["load"]>>>;

/** What the build calls the addon that it puts into the binary. */
const assetName = "keyring.node";

const namedPrefix = "hexuser-";

/** Milliseconds after which a library that was written has long been loaded. */
const leftAfter = 60_000;

/** __O_TMPFILE of Linux, which Node has no name for. With it goes O_DIRECTORY, another number on each processor. */
const unnamedFile = 0o20000000;

/**
 * Loads the library for the system's keychain, which is inside the binary. The system loads it from a file alone: on
 * Linux one that has no name, and is gone when the process ends; where that can't be done, and on other systems, one
 * in a directory that only this user can write to.
 */
export async function loadKeyringAddon(): Promise<KeyringLibrary> {
  const { getRawAsset } = process.getBuiltinModule("node:sea");
  const bytes = new Uint8Array(getRawAsset(assetName));
  const refused: string[] = [];
  if (process.platform === "linux") {
    for (const directory of unnamedFileDirectories()) {
      try {
        return loadUnnamed(bytes, directory);
      } catch (error) {
        refused.push(`${directory}: ${messageOf(error)}`);
      }
    }
  }
  const directory = process.getBuiltinModule("node:os").tmpdir();
  try {
    return loadNamed(bytes, directory);
  } catch (error) {
    refused.push(`${directory}: ${messageOf(error)}`);
  }
  throw new Error(`the keychain's library can't be loaded from any directory (${refused.join("; ")})`);
}

function unnamedFileDirectories(): string[] {
  const { XDG_RUNTIME_DIR } = process.env;
  const { tmpdir } = process.getBuiltinModule("node:os");
  return [XDG_RUNTIME_DIR, "/dev/shm", tmpdir()].filter((directory) => directory !== undefined);
}

function loadUnnamed(bytes: Uint8Array, directory: string): KeyringLibrary {
  const fs = process.getBuiltinModule("node:fs");
  const file = fs.openSync(directory, fs.constants.O_RDWR | fs.constants.O_DIRECTORY | unnamedFile, 0o600);
  try {
    writeWhole(fs, file, bytes);
    return open(`/proc/self/fd/${file}`);
  } finally {
    fs.closeSync(file);
  }
}

function loadNamed(bytes: Uint8Array, parent: string): KeyringLibrary {
  const fs = process.getBuiltinModule("node:fs");
  const { join } = process.getBuiltinModule("node:path");
  if (process.platform === "win32") removeLeftovers(parent, Date.now());
  const directory = fs.mkdtempSync(join(parent, namedPrefix));
  try {
    const path = join(directory, assetName);
    fs.writeFileSync(path, bytes, { mode: 0o600, flag: "wx" });
    return open(path);
  } finally {
    // Windows keeps a library that is loaded; the next start of the keychain's process removes it.
    if (process.platform !== "win32") fs.rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Removes the libraries that earlier processes left behind. One that is loaded stays, since Windows refuses; one that
 * another process is just about to load is younger than those that are looked at.
 *
 * @param now milliseconds since the UNIX epoch
 */
export function removeLeftovers(parent: string, now: number): void {
  const fs = process.getBuiltinModule("node:fs");
  const { join } = process.getBuiltinModule("node:path");
  for (const name of fs.readdirSync(parent)) {
    if (!name.startsWith(namedPrefix) || name.length !== namedPrefix.length + 6) continue;
    const directory = join(parent, name);
    try {
      if (now - fs.statSync(join(directory, assetName)).mtimeMs < leftAfter) continue;
      fs.unlinkSync(join(directory, assetName));
      fs.rmdirSync(directory);
    } catch {
      // Somebody else's directory, or a library in use.
    }
  }
}

function writeWhole(fs: typeof import("node:fs"), file: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; ) offset += fs.writeSync(file, bytes, offset);
}

function open(path: string): KeyringLibrary {
  const module = { exports: {} };
  process.dlopen(module, path);
  return module.exports as KeyringLibrary;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
