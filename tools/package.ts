// `npm run package`: the binary of this machine's platform, in dist/bin; `-- --all` those of every platform,
// `-- --platform ID` (again and again) of some. With `--built` the packages are taken as they are; `--tested` builds
// what tests look at, which on CI is every platform.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { workFolder } from "./package/fetch-package.ts";
import { hostPlatform, type Platform, platforms } from "./package/platforms.ts";
import { runNx } from "./run-nx.ts";
import { workspaceRoot } from "./workspace.ts";

const isContinuousIntegration = Boolean(process.env.CI);
const { targets, isBuilt } = readArguments();
if (!isBuilt) await buildPackages();
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
for (const target of targets) console.log(await buildBinary(target, bundle));

async function buildPackages(): Promise<void> {
  const built = await runNx(["run-many", "-t", "build", "-p", "hexuser,@hexuser/sandbox"], { quiet: true });
  if (built.code === 0) return;
  console.error(`${built.output}\nThe build failed: see above.`);
  process.exit(1);
}

function readArguments(): { targets: readonly Platform[]; isBuilt: boolean } {
  const ids = platforms.map(({ id }) => id);
  try {
    const { values } = parseArgs({
      options: {
        built: { type: "boolean", default: false },
        all: { type: "boolean", default: false },
        tested: { type: "boolean", default: false },
        platform: { type: "string", multiple: true },
      },
    });
    const isBuilt = values.built;
    if (values.all || (values.tested && isContinuousIntegration)) return { targets: platforms, isBuilt };
    const host = hostPlatform();
    const wanted = values.platform ?? (host === undefined ? [] : [host.id]);
    const unknown = wanted.find((id) => !ids.includes(id));
    if (unknown !== undefined) throw new Error(`There is no platform ${unknown}.`);
    if (wanted.length === 0)
      throw new Error(`No binaries are built for ${process.platform}-${process.arch}.`);
    return { targets: platforms.filter(({ id }) => wanted.includes(id)), isBuilt };
  } catch (error) {
    console.error(
      `${(error as Error).message}\nTo fix: npm run package -- [--all | --platform ${ids.join("|")}]`,
    );
    process.exit(2);
  }
}
