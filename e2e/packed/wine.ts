import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Machine } from "../hexuser-environment.ts";
import type { Requirement } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";
import { unpackDebian } from "./debian-system.ts";

/** The binary for Windows that `npm run package` made. */
const windowsPath = fileURLToPath(new URL("../../dist/bin/hexuser-win-x64.exe", import.meta.url));

/** The binary that Wine runs. */
export const windowsBinary: Requirement = {
  met: process.arch === "x64" && existsSync(windowsPath),
  reason: "it takes an x64 processor, and the binary (npm run package)",
};

/** Windows as Wine imitates it: the same files and interfaces, but another kernel. */
export interface WindowsSystem {
  /**
   * The command that starts a program in it, with its first arguments. The output appears when the program has ended.
   */
  readonly through: readonly string[];
  /** The binary's path in it. */
  readonly program: string;
  /** The directory and the environment in which to start it. */
  readonly machine: Pick<Machine, "env" | "home">;
  /** The Linux path of a path such as `C:\Windows`. */
  file(path: string): string;
  remove(): Promise<void>;
}

/**
 * Node can't open Linux's pipes in Wine, so programs get files instead. Two values precede the program: the system's
 * directory, and Wine's directory in it.
 */
const start = `root=$1 prefix=$2 files=$(mktemp -d "$1$2/files-XXXXXX"); shift 2
cat > "$files/in"
mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev"
chroot "$root" env WINEPREFIX="$prefix" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=;mshtml=;winemenubuilder.exe=d" \
  /usr/lib/wine/wine64 "$@" < "$files/in" > "$files/out" 2> "$files/err"
code=$?
cat "$files/out"; cat "$files/err" >&2
exit $code`;

/**
 * Unpacks Wine from Debian's stable release, because the one before can't start this Node. Then makes a Windows that
 * contains only the binary, in a directory with spaces in its name.
 */
export async function provideWindows(): Promise<WindowsSystem> {
  const root = await unpackDebian("wine", "stable", ["wine64"]);
  const folder = mkdtempSync(join(root, "tmp/windows-"));
  const drive = join(folder, "drive_c");
  const file = (path: string) => join(drive, path.replace(/^C:/, "").replaceAll("\\", "/"));
  const program = "C:\\Program Files\\hex user\\hexuser.exe";
  mkdirSync(file("C:\\Program Files\\hex user"), { recursive: true });
  copyFileSync(windowsPath, file(program));
  // Debian creates it when it sets up the package.
  mkdirSync(file("C:\\windows\\system32"), { recursive: true });
  copyFileSync(join(root, "usr/x86_64-w64-mingw32/lib/zlib1.dll"), file("C:\\windows\\system32\\zlib1.dll"));
  const through = ["unshare", "--mount", "sh", "-c", start, "sh", root, folder.slice(root.length)];
  // Wine itself needs a home.
  const machine = { home: "/", env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" } };
  const wine = async (program: string, ...args: readonly string[]) => {
    const { code, stderr } = await runHexuser(args, { machine, through, program, limit: 150_000 });
    if (code !== 0) throw new Error(`${program} ended with ${code}: ${stderr}`);
  };
  try {
    await wine("wineboot", "--init");
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    through,
    program,
    machine,
    file,
    async remove() {
      await wine("wineboot", "--kill");
      // Wine's server still writes its registry while it ends.
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
    },
  };
}
