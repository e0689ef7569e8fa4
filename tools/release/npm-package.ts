import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build, type Metafile } from "esbuild";
import { leftOutAnywhere } from "../package/bundle.ts";
import { npm } from "../package/fetch-package.ts";
import { takeInventory } from "../package/inventory.ts";
import { thirdPartyLicenses } from "../package/third-party-licenses.ts";
import { workspaceRoot } from "../workspace.ts";
import { accompanyingFiles } from "./make-release.ts";

/** The oldest Node with all functions that hexuser uses: the Node of the binaries. */
const engines = { node: ">=24" };

/**
 * Makes the npm package for systems without a binary but with a Node: the same bundled program, and the keychain's
 * library as its only dependency. Returns the name of the file in `output`.
 */
export async function makeNpmPackage(version: string, output: string): Promise<string> {
  const folder = join(output, "npm-package");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const metafile = await bundle(join(folder, "dist"));
  cpSync(join(workspaceRoot, "packages/cli/bin/run.js"), join(folder, "bin/run.js"));
  for (const { path, content } of accompanyingFiles(thirdPartyLicenses(takeInventory(metafile)))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === "string" ? content : readFileSync(content.file));
  }
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest(version), null, 2)}\n`);
  npm(["pack", folder, "--silent", "--pack-destination", output]);
  rmSync(folder, { recursive: true });
  const packed = readdirSync(output).find((name) => name === `hexuser-${version}.tgz`);
  if (packed === undefined) throw new Error("npm made no package.");
  const name = `hexuser-${version}-npm.tgz`;
  renameSync(join(output, packed), join(output, name));
  return name;
}

async function bundle(outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: workspaceRoot,
    entryPoints: {
      main: "packages/cli/dist/main.js",
      "program/command-classes": "packages/cli/dist/program/command-classes.js",
      "program/command-not-found": "packages/cli/dist/program/command-not-found.js",
      "keychain-worker-entry": "packages/credentials/dist/keychain/keychain-worker-entry.js",
    },
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    minify: true,
    legalComments: "none",
    metafile: true,
    mainFields: ["module", "main"],
    external: ["@napi-rs/keyring"],
    plugins: leftOutAnywhere,
    // oclif is CommonJS.
    banner: {
      js: 'import{createRequire as requireFrom}from"node:module";const require=requireFrom(import.meta.url);',
    },
    logLevel: "warning",
  });
  return metafile;
}

function manifest(version: string): object {
  const { dependencies } = readManifest("credentials");
  const { oclif } = readManifest("cli");
  return {
    name: "hexuser",
    version,
    description: "The mix hex.user commands as one program that needs neither Elixir nor Erlang",
    license: "Apache-2.0",
    type: "module",
    bin: { hexuser: "bin/run.js" },
    man: "./hexuser.1",
    engines,
    oclif,
    dependencies: { "@napi-rs/keyring": dependencies["@napi-rs/keyring"] },
  };
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly oclif?: object;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(
    readFileSync(join(workspaceRoot, "packages", folder, "package.json"), "utf8"),
  ) as Manifest;
}
