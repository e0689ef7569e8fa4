import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { workspaceRoot } from "../workspace.ts";
import { bundleBoot } from "./bundle.ts";
import { recordCodeCache } from "./code-cache.ts";
import { fetchPackage, workFolder } from "./fetch-package.ts";
import { installPkg } from "./install-pkg.ts";
import { binaryName, hostPlatform, type PackageName, type Platform, preparingRuntime } from "./platforms.ts";
import type { Injection } from "./run-pkg.ts";
import { pkgHome, provideRuntime } from "./runtime.ts";

/** Where binaries are put. */
export const binaryFolder = join(workspaceRoot, "dist/bin");

/** Assets of every binary, besides what the program itself needs: by name, the file. */
export type ExtraAssets = Readonly<Record<string, string>>;

/**
 * Builds the binary of one platform from the bundled program, and gives its path.
 *
 * @param program the file that `bundleProgram` made
 * @param keyring the version of the keychain's library
 */
export async function buildBinary(
  target: Platform,
  program: string,
  extra: ExtraAssets = {},
): Promise<string> {
  const host = hostPlatform();
  if (host === undefined) throw new Error(`Binaries can't be built on ${process.platform}-${process.arch}.`);
  installPkg();
  const runtime = provideRuntime(target, target.runtime);
  provideRuntime(host, preparingRuntime(target, host));
  const folder = join(workFolder, target.id);
  mkdirSync(folder, { recursive: true });
  const isOwn = target.id === host.id;
  const cache = join(folder, "program.cache");
  if (isOwn) await recordCodeCache(program, runtime, cache);
  const output = join(binaryFolder, binaryName(target));
  inject({
    main: await bundleBoot(folder, isOwn),
    assets: {
      ...extra,
      "program.cjs": program,
      ...(isOwn ? { "program.cache": cache } : {}),
      "keyring.node": keyringAddon(target),
    },
    output,
    target: { platform: target.system, arch: target.arch, version: target.runtime.version },
  });
  return output;
}

/** The keychain's addon of a platform. */
export function keyringAddon({ keyring }: Platform): string {
  const folder = fetchPackage(keyringPackage(keyring));
  const file = readdirSync(folder).find((name) => name.endsWith(".node"));
  if (file === undefined) throw new Error(`There is no addon in the package for ${keyring}.`);
  return join(folder, file);
}

function keyringPackage(keyring: string): PackageName {
  return { name: `@napi-rs/keyring-${keyring}`, version: "2.1.2" };
}

function inject(injection: Injection): void {
  const script = fileURLToPath(new URL("run-pkg.ts", import.meta.url));
  execFileSync(process.execPath, [script, JSON.stringify(injection)], {
    env: { ...process.env, HOME: pkgHome, USERPROFILE: pkgHome },
    stdio: ["ignore", "ignore", "inherit"],
  });
}
