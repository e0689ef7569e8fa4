import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { helpFile } from "hexuser/parts";
import { binaryFolder } from "../workspace.ts";
import { type Bundle, bundleBoot } from "./bundle.ts";
import { recordCodeCaches } from "./code-cache.ts";
import { fetchPackage, workFolder } from "./fetch-package.ts";
import { installPkg } from "./install-pkg.ts";
import { takeInventory } from "./inventory.ts";
import { binaryName, hostPlatform, keyringPackage, type Platform, preparingRuntime } from "./platforms.ts";
import type { Injection } from "./run-pkg.ts";
import { pkgHome, provideRuntime } from "./runtime.ts";
import { thirdPartyLicenses } from "./third-party-licenses.ts";

/** Other folders for the files of a build. */
export interface BuildFolders {
  readonly outputFolder?: string;
  readonly work?: string;
}

/**
 * Builds the binary of one platform and returns its path. The same sources give the same bytes in any directory.
 *
 * @param bundle the result of `bundleProgram`
 */
export async function buildBinary(
  target: Platform,
  bundle: Bundle,
  { outputFolder = binaryFolder, work = workFolder }: BuildFolders = {},
): Promise<string> {
  const host = hostPlatform();
  if (host === undefined) throw new Error(`Binaries can't be built on ${process.platform}-${process.arch}.`);
  installPkg();
  const runtime = provideRuntime(target, target.runtime);
  provideRuntime(host, preparingRuntime(target, host));
  const folder = join(work, target.id);
  // The build must not contain files of an earlier build.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const caches = target.id === host.id ? await recordCodeCaches(bundle.parts, runtime, folder) : {};
  const output = join(outputFolder, binaryName(target));
  inject(
    {
      main: await bundleBoot(folder),
      assets: {
        ...bundle.parts,
        ...caches,
        [helpFile]: await helpTexts(folder),
        "keyring.node": keyringAddon(target),
        "licenses.br": compressedLicenses(target, bundle, folder),
      },
      output,
      target: { platform: target.system, arch: target.arch, version: target.runtime.version },
    },
    folder,
  );
  return output;
}

/** The keychain's addon of a platform. */
export function keyringAddon({ keyring }: Platform): string {
  const folder = fetchPackage(keyringPackage(keyring));
  const file = readdirSync(folder).find((name) => name.endsWith(".node"));
  if (file === undefined) throw new Error(`The package for ${keyring} contains no addon.`);
  return join(folder, file);
}

/** Compresses the licenses that `hexuser licenses` prints. */
function compressedLicenses(target: Platform, { metafile }: Bundle, folder: string): string {
  const text = thirdPartyLicenses(takeInventory(metafile), target);
  const file = join(folder, "licenses.br");
  writeFileSync(file, brotliCompressSync(text));
  return file;
}

/** The texts of all help, which the binary reads without compiling them. */
async function helpTexts(folder: string): Promise<string> {
  const { help } = await import("hexuser/help");
  const file = join(folder, helpFile);
  writeFileSync(file, JSON.stringify(help));
  return file;
}

function inject(injection: Injection, folder: string): void {
  const script = fileURLToPath(new URL("run-pkg.ts", import.meta.url));
  execFileSync(process.execPath, [script, JSON.stringify(injection)], {
    env: { ...process.env, HOME: pkgHome, USERPROFILE: pkgHome, TMPDIR: folder, TEMP: folder, TMP: folder },
    stdio: ["ignore", "ignore", "inherit"],
  });
}
