import type { KeychainWorkerOptions } from "@hexuser/credentials";

type KeyringLibrary = Awaited<ReturnType<NonNullable<KeychainWorkerOptions["load"]>>>;

/** The build's name for the addon in the binary. */
const assetName = "keyring.node";

const namedPrefix = "hexuser-";

/** Milliseconds. An older library file was loaded long ago. */
const leftAfter = 60_000;

/** Linux's __O_TMPFILE, for which Node has no name. It needs O_DIRECTORY, whose number differs between processors. */
const unnamedFile = 0o20000000;

/**
 * Loads the library for the system's keychain, which is inside the binary. The system loads a library only from a file.
 * On Linux the file has no name and disappears when the process ends. If that isn't possible, and on other systems, the
 * file is in a directory that only this user can write to.
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
    // Windows keeps a loaded library. The next start of the keychain's process removes it.
    if (process.platform !== "win32") fs.rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Removes the libraries that earlier processes left. Windows refuses to remove a loaded one. A library that another
 * process is about to load is too young to be removed.
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
      // It's another user's directory, or a library in use.
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
