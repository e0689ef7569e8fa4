import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Requirement } from "../requirements.ts";

/** The binary for Linux on ARM processors that `npm run package` made. */
export const emulatedPath = fileURLToPath(new URL("../../dist/bin/hexuser-linux-arm64", import.meta.url));

/** The C and C++ libraries for that processor. Debian's packages for cross compilers install them here. */
const libraries = "/usr/aarch64-linux-gnu";

/** The command that starts the binary on this machine, in qemu's user mode emulation. */
export const emulator: readonly string[] = ["qemu-aarch64", "-L", libraries];

/** An emulator and the libraries of the other processor. */
export const emulation: Requirement = {
  met:
    spawnSync("which", ["qemu-aarch64"]).status === 0 &&
    existsSync(`${libraries}/lib/libstdc++.so.6`) &&
    existsSync(emulatedPath),
  reason: "it takes qemu-aarch64, the libraries for that processor, and the binary (npm run package)",
};
