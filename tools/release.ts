// `npm run release -- --base-url URL` makes a release of the binaries in dist/bin, in dist/release. URL is the address
// from which people will download its files. `--homepage URL` is the program's home page (default: the same).
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundleProgram } from "./package/bundle.ts";
import { workFolder } from "./package/fetch-package.ts";
import { takeInventory } from "./package/inventory.ts";
import { binaryName, platforms } from "./package/platforms.ts";
import { thirdPartyLicenses } from "./package/third-party-licenses.ts";
import { billOfMaterials } from "./release/bill-of-materials.ts";
import { makeRelease, writeSums } from "./release/make-release.ts";
import { makeNpmPackage } from "./release/npm-package.ts";
import { binaryFolder, workspaceRoot } from "./workspace.ts";

const output = join(workspaceRoot, "dist/release");
const { baseUrl, homepage } = readArguments();
const { version } = JSON.parse(readFileSync(join(workspaceRoot, "packages/cli/package.json"), "utf8")) as {
  version: string;
};
const built = platforms.filter((platform) => existsSync(join(binaryFolder, binaryName(platform))));
if (built.length === 0) stop("There are no binaries in dist/bin.", "npm run package");

rmSync(output, { recursive: true, force: true });
const { metafile } = await bundleProgram(join(workFolder, "bundle"));
const inventory = takeInventory(metafile);
const binaries = built.map((platform) => ({
  platform,
  file: join(binaryFolder, binaryName(platform)),
  licenses: thirdPartyLicenses(inventory, platform),
}));
const source = { version, baseUrl, homepage, binaries, time: commitTime(), effort: 9 };
const files = [...(await makeRelease(source, output)), await makeNpmPackage(version, output)];
for (const { platform, file } of binaries) {
  const name = `hexuser-${version}-${platform.id}.cdx.json`;
  writeFileSync(join(output, name), await billOfMaterials(inventory, platform, { version, file }));
  files.push(name);
}
await writeSums(output, files);
console.log([...files, "SHA256SUMS"].map((name) => join(output, name)).join("\n"));

function readArguments(): { readonly baseUrl: string; readonly homepage: string } {
  try {
    const { values } = parseArgs({
      options: { "base-url": { type: "string" }, homepage: { type: "string" } },
    });
    const base = readUrl(values["base-url"] ?? "", "--base-url");
    return {
      baseUrl: base,
      homepage: values.homepage === undefined ? base : readUrl(values.homepage, "--homepage"),
    };
  } catch (error) {
    return stop((error as Error).message, "npm run release -- --base-url https://…");
  }
}

/** The URL goes into scripts that people run, so it may contain no special characters of a shell. */
function readUrl(text: string, flag: string): string {
  const isPlain = /^https?:\/\/[\w.:/~%+-]+$/.test(text) && URL.canParse(text);
  if (!isPlain) throw new Error(`${flag} lacks the address of a directory: “${text}”.`);
  return text.replace(/\/+$/, "");
}

/** The time of the files: the time of the commit, so that the same commit gives the same archives. */
function commitTime(): number {
  const { SOURCE_DATE_EPOCH } = process.env;
  if (SOURCE_DATE_EPOCH !== undefined && /^\d+$/.test(SOURCE_DATE_EPOCH)) return Number(SOURCE_DATE_EPOCH);
  return Number(execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: workspaceRoot, encoding: "utf8" }));
}

function stop(problem: string, fix: string): never {
  console.error(`${problem}\nTo fix: ${fix}`);
  process.exit(2);
}
