// `npm run package` builds the binaries of all platforms into dist/bin. `-- --host` builds only this machine's binary,
// and `-- --platform ID` (repeatable) builds some. `--built` doesn't build the packages first. `--tested` builds the
// binaries for the tests: on CI all of them, elsewhere this machine's, if it can be packed here.
import { linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { workFolder } from "./package/fetch-package.ts";
import { binaryName, hostPlatform, type Platform, platforms } from "./package/platforms.ts";
import { runNx } from "./run-nx.ts";
import { binaryFolder, whyNotPacked, workspaceRoot } from "./workspace.ts";

const unknownPlatform = `Binaries can't be built on ${process.platform}-${process.arch}.`;
const isContinuousIntegration = Boolean(process.env.CI);
const { targets, isBuilt, isOptional } = readArguments();
if (!isBuilt) await buildPackages();
rmSync(whyNotPacked, { force: true });
try {
  await buildBinaries();
} catch (error) {
  if (!isOptional) throw error;
  for (const target of targets) rmSync(join(binaryFolder, binaryName(target)), { force: true });
  mkdirSync(binaryFolder, { recursive: true });
  writeFileSync(whyNotPacked, firstLine(error));
  console.error(`This machine can't pack the program, so its tests are skipped: ${firstLine(error)}`);
}

async function buildBinaries(): Promise<void> {
  if (targets.length === 0) throw new Error(unknownPlatform);
  const { bundleProgram } = await import("./package/bundle.ts");
  const { buildBinary } = await import("./package/build-binary.ts");
  const bundle = await bundleProgram(join(workFolder, "bundle"));
  // For `hexuser licenses` in the working tree.
  const { takeInventory } = await import("./package/inventory.ts");
  const { thirdPartyLicenses } = await import("./package/third-party-licenses.ts");
  writeFileSync(
    join(workspaceRoot, "dist/THIRD_PARTY_LICENSES"),
    thirdPartyLicenses(takeInventory(bundle.metafile), hostPlatform()),
  );
  for (const [index, target] of targets.entries()) {
    console.error(
      `Building ${target.id} (${index + 1} of ${targets.length}), with Node ${target.runtime.version}`,
    );
    console.log(await buildBinary(target, bundle));
    if (target.id === hostPlatform()?.id) linkHostBinary(target);
  }
}

/** Links the binary of this machine under the name that people type. */
function linkHostBinary(host: Platform): void {
  const path = join(binaryFolder, host.system === "win" ? "hexuser.exe" : "hexuser");
  rmSync(path, { force: true });
  linkSync(join(binaryFolder, binaryName(host)), path);
  console.log(path);
  console.error(
    host.system === "win"
      ? `To use it in this PowerShell: $Env:PATH = "${binaryFolder};$Env:PATH"`
      : `To use it in this shell: export PATH="${binaryFolder}:$PATH"\n` +
          `To install it for yourself: install -D "${path}" ~/.local/bin/hexuser`,
  );
}

function firstLine(error: unknown): string {
  const [line = ""] = String(error instanceof Error ? error.message : error).split("\n");
  return line;
}

async function buildPackages(): Promise<void> {
  const built = await runNx(["run-many", "-t", "build", "-p", "hexuser,@hexuser/sandbox"], { quiet: true });
  if (built.code === 0) return;
  console.error(`${built.output}\nThe build failed. See the messages above.`);
  process.exit(1);
}

function readArguments(): { targets: readonly Platform[]; isBuilt: boolean; isOptional: boolean } {
  const ids = platforms.map(({ id }) => id);
  try {
    const { values } = parseArgs({
      options: {
        built: { type: "boolean", default: false },
        host: { type: "boolean", default: false },
        tested: { type: "boolean", default: false },
        platform: { type: "string", multiple: true },
      },
    });
    const isBuilt = values.built;
    const isOptional = values.tested && !isContinuousIntegration;
    const host = hostPlatform();
    if (host === undefined && isOptional) return { targets: [], isBuilt, isOptional };
    if (host === undefined) throw new Error(unknownPlatform);
    const isHostOnly = values.host || isOptional;
    const wanted = values.platform ?? (isHostOnly ? [host.id] : ids);
    const unknown = wanted.find((id) => !ids.includes(id));
    if (unknown !== undefined) throw new Error(`There is no platform ${unknown}.`);
    if (host.id !== "linux-x64" && wanted.some((id) => id !== host.id))
      throw new Error("Binaries of other platforms are built on Linux with an x64 processor.");
    return { targets: platforms.filter(({ id }) => wanted.includes(id)), isBuilt, isOptional };
  } catch (error) {
    console.error(
      `${(error as Error).message}\nTo fix: npm run package -- [--host | --platform ${ids.join("|")}]`,
    );
    process.exit(2);
  }
}
