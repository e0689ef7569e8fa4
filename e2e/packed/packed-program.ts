import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where `npm run package` leaves the binary of this machine's platform. */
export const packedPath = fileURLToPath(
  new URL(
    `../../dist/bin/hexuser-${process.platform === "win32" ? "win" : process.platform}-${process.arch}${process.platform === "win32" ? ".exe" : ""}`,
    import.meta.url,
  ),
);

/** The binary as somebody has it who has downloaded it: alone in a directory. */
export interface DownloadedProgram {
  readonly path: string;
  remove(): void;
}

/** Copies the binary of this machine's platform into a directory that is empty otherwise. */
export function downloadProgram(): DownloadedProgram {
  const folder = mkdtempSync(join(tmpdir(), "hexuser-packed-"));
  const path = join(folder, process.platform === "win32" ? "hexuser.exe" : "hexuser");
  copyFileSync(packedPath, path);
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
