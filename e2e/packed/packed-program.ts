import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { binaryFolder, whyNotPacked } from "../../tools/workspace.ts";
import type { Requirement } from "../requirements.ts";

/** The binary for this machine's platform that `npm run package` made. */
export const packedPath = join(
  binaryFolder,
  process.platform === "win32"
    ? `hexuser-win-${process.arch}.exe`
    : `hexuser-${process.platform}-${process.arch}`,
);

/** The binary of this machine's platform. */
export const packedBinary: Requirement = {
  met: existsSync(packedPath),
  reason: `it needs the packed binary (${existsSync(whyNotPacked) ? readFileSync(whyNotPacked, "utf8") : "npm run package -- --host"})`,
};

/** The binary as after a download: alone in a directory. */
export interface DownloadedProgram {
  readonly path: string;
  /** The commands of this machine without Node, as a `PATH`. */
  readonly searchPath: string;
  remove(): void;
}

/** Copies the binary of this machine's platform into an empty directory. */
export function downloadProgram(): DownloadedProgram {
  const folder = mkdtempSync(join(tmpdir(), "hexuser-packed-"));
  // Tests that give up root's rights still have to reach it.
  chmodSync(folder, 0o755);
  const searchPath = join(folder, "commands");
  linkCommands(searchPath);
  const alone = join(folder, "alone");
  mkdirSync(alone);
  const path = join(alone, process.platform === "win32" ? "hexuser.exe" : "hexuser");
  copyFileSync(packedPath, path);
  return { path, searchPath, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const commandsOfNode: readonly string[] = ["node", "nodejs", "npm", "npx", "corepack"];

/** Node is among the system's other commands, so this links each of the others. */
function linkCommands(folder: string): void {
  mkdirSync(folder);
  for (const directory of (process.env.PATH ?? "").split(delimiter)) {
    // npm adds these directories for Node programs.
    if (directory.includes("node_modules") || !existsSync(directory)) continue;
    for (const name of readdirSync(directory)) {
      const link = join(folder, name);
      if (!commandsOfNode.includes(name) && lstatSync(link, { throwIfNoEntry: false }) === undefined)
        symlinkSync(join(directory, name), link);
    }
  }
}
