import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Config } from "@oclif/core/config";
import type { Metafile } from "esbuild";
import { unzipSync } from "fflate";
import { completionScript } from "hexuser/completion-script";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archivers, itWith, shellcheck } from "../../e2e/requirements.ts";
import { bundleProgram } from "../package/bundle.ts";
import { type Inventory, takeInventory } from "../package/inventory.ts";
import { hostPlatform, platforms } from "../package/platforms.ts";
import { thirdPartyLicenses } from "../package/third-party-licenses.ts";
import { sevenZip } from "../release/archive.ts";
import { billOfMaterials } from "../release/bill-of-materials.ts";
import { makeRelease, type ReleaseSource, writeSums } from "../release/make-release.ts";
import { makeNpmPackage } from "../release/npm-package.ts";
import { workspaceRoot } from "../workspace.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hexuser-release-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const baseUrl = "https://downloads.example/v1.2.3";

/** A release of files that aren't programs, and the text of its sums. */
async function release(name: string, changes: Partial<ReleaseSource> = {}): Promise<string> {
  const output = join(folder, name);
  mkdirSync(output);
  const file = join(output, "program");
  writeFileSync(file, "a program\n");
  chmodSync(file, 0o600);
  utimesSync(file, Math.random() * 1e9, Math.random() * 1e9);
  const names = await makeRelease(
    {
      version: "1.2.3",
      baseUrl,
      homepage: "https://hexuser.example",
      binaries: platforms.map((platform) => ({ platform, file, licenses: "Licences\n" })),
      time: 1_764_000_000,
      effort: 1,
      ...changes,
    },
    output,
  );
  await writeSums(output, names);
  return output;
}

const itPacked = itWith(archivers);

describe("a release", () => {
  let output: string;
  beforeAll(async () => {
    if (archivers.met) output = await release("one");
  });

  const read = (name: string) => readFileSync(join(output, name), "utf8");

  itPacked("has the same bytes when it is made again, elsewhere and later", async () => {
    const zone = process.env.TZ;
    process.env.TZ = "Pacific/Auckland";
    try {
      expect(readFileSync(join(await release("two"), "SHA256SUMS"), "utf8")).toBe(read("SHA256SUMS"));
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  itPacked("has sums that sha256sum agrees with", () => {
    execFileSync("sha256sum", ["--check", "--strict", "--quiet", "SHA256SUMS"], { cwd: output });
    expect(read("SHA256SUMS").trim().split("\n").length).toBe(16);
  });

  const expectedFiles = [
    "README.md",
    "THIRD_PARTY_LICENSES",
    "completions/_hexuser",
    "completions/hexuser.bash",
    "completions/hexuser.fish",
    "completions/hexuser.ps1",
    "hexuser",
    "hexuser.1",
  ].map(
    (name) =>
      `${name === "hexuser" ? "-rwxr-xr-x" : "-rw-r--r--"} 0/0 2025-11-24 16:00 hexuser-1.2.3-linux-x64/${name}`,
  );

  /** Mode, owner, time and name of each file but the licence, which comes first. */
  function listTar(name: string): string[] {
    const list = execFileSync("tar", ["-tvf", join(output, name)], {
      encoding: "utf8",
      env: { ...process.env, TZ: "UTC" },
    });
    const [, ...rest] = list.trim().split("\n");
    return rest.map((line) => line.replace(/^(\S+) (\S+) +\d+ (\S+ \S+) /, "$1 $2 $3 "));
  }

  const formats = ["tar.gz", "tar.xz"];
  itPacked(`has archives with all that belongs together: ${formats}`, () => {
    for (const format of formats) expect(listTar(`hexuser-1.2.3-linux-x64.${format}`)).toEqual(expectedFiles);
  });

  itPacked("has a zip and a 7z for Windows, with the same in them", () => {
    const files = unzipSync(readFileSync(join(output, "hexuser-1.2.3-win-x64.zip")));
    expect(Object.keys(files)).toContain("hexuser-1.2.3-win-x64/THIRD_PARTY_LICENSES");
    expect(Buffer.from(files["hexuser-1.2.3-win-x64/hexuser.exe"] ?? []).toString()).toBe("a program\n");
    const list = execFileSync(
      sevenZip() ?? "7z",
      ["l", "-ba", "-slt", join(output, "hexuser-1.2.3-win-x64.7z")],
      {
        encoding: "utf8",
      },
    );
    const names = [...list.matchAll(/^Path = (.*)$/gm)].map(([, name]) => name);
    expect(names.filter((name) => !/(64|completions)$/.test(name ?? "")).sort()).toEqual(
      Object.keys(files).sort(),
    );
  });

  itPacked("has a formula and a manifest that name the files by their sums", () => {
    const sums = new Map(
      read("SHA256SUMS")
        .trim()
        .split("\n")
        .map((line) => line.split("  ").reverse() as [string, string]),
    );
    const named = [...read("hexuser.rb").matchAll(/url "(.*)"\n\s+sha256 "(.*)"/g)];
    expect(named.length).toBe(4);
    for (const [, url = "", sum] of named) expect(sum).toBe(sums.get(url.replace(`${baseUrl}/`, "")));
    const { architecture } = JSON.parse(read("hexuser.json"));
    expect(Object.keys(architecture)).toEqual(["64bit", "arm64"]);
    expect(architecture["64bit"]).toEqual({
      url: `${baseUrl}/hexuser-1.2.3-win-x64.7z`,
      hash: sums.get("hexuser-1.2.3-win-x64.7z"),
      extract_dir: "hexuser-1.2.3-win-x64",
    });
  });

  itPacked("has install scripts with nothing left to fill in", () => {
    for (const name of ["install.sh", "install.ps1"]) {
      expect(read(name)).toContain(baseUrl);
      expect(read(name)).toContain("hexuser-1.2.3-win-arm64.zip");
      expect(read(name)).not.toMatch(/@[A-Z_]+@/);
    }
  });

  itPacked("is not made with an address that would mean something in a script", async () => {
    await expect(release("three", { baseUrl: "https://x.example/';rm -rf ~;'" })).rejects.toThrow("BASE_URL");
  });

  itWith(archivers, shellcheck)("has scripts in which shellcheck finds no problem", () => {
    for (const [shell, script] of [
      ["sh", read("install.sh")],
      ["bash", completionScript("bash")],
    ] as const) {
      const { stdout } = spawnSync("shellcheck", [`--shell=${shell}`, "-"], {
        input: script,
        encoding: "utf8",
      });
      expect(stdout).toBe("");
    }
  });
});

describe("the contents", () => {
  let metafile: Metafile;
  let inventory: Inventory;
  beforeAll(async () => {
    ({ metafile } = await bundleProgram(folder));
    inventory = takeInventory(metafile);
  });

  it("are listed in a valid bill of materials", async () => {
    const host = hostPlatform();
    if (host === undefined) throw new Error("No binaries are built for this platform.");
    const file = join(folder, "some-program");
    writeFileSync(file, "a program\n");
    const document = JSON.parse(await billOfMaterials(inventory, host, { version: "1.2.3", file }));
    expect(document).toMatchObject({ bomFormat: "CycloneDX", metadata: { component: { version: "1.2.3" } } });
    const names = document.components.map(({ name }: { name: string }) => name);
    for (const name of ["zod", "openid-client", "node", `keyring-${host.keyring}`])
      expect(names).toContain(name);
    for (const name of ["vitest", "hono", "esbuild"]) expect(names).not.toContain(name);
  });

  it("include licenses", () => {
    const text = thirdPartyLicenses(inventory, hostPlatform());
    const paths = Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    );
    const packages = new Set(
      paths.flatMap((path) => /.*\bnode_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
    );
    expect(packages).toContain("zod");
    const titles = new Set([...text.matchAll(/^(\S+) \d\S* \(.+\)$/gm)].map(([, title]) => title));
    expect([...packages].filter((name) => !titles.has(name))).toEqual([]);
    expect(text).toMatch(/^Node\.js 24.*\(MIT\)/m);
    expect(text).toContain("@napi-rs/keyring");
    expect(text).not.toContain(workspaceRoot);
    const nameless = { ...inventory, components: [{ type: "library", name: "silent", version: "1" }] };
    expect(() => thirdPartyLicenses(nameless)).toThrow("silent 1");
  });
});

describe("the package for npm", () => {
  it("runs with an installed Node and its keychain library", async () => {
    const output = join(folder, "npm");
    mkdirSync(output);
    const name = await makeNpmPackage("0.0.0-test", output);
    expect(name).toBe("hexuser-0.0.0-test-npm.tgz");
    execFileSync("tar", ["-xzf", name], { cwd: output });
    symlinkSync(join(workspaceRoot, "node_modules"), join(output, "node_modules"));
    const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      spawnSync(process.execPath, [join(output, "package/bin/run.js"), ...args], {
        encoding: "utf8",
        env: { HOME: folder, HEX_HOME: folder, PATH: process.env.PATH, ...env },
      });
    expect(run(["--version"]).stdout).toMatch(/^hexuser \d/);
    expect(run(["licenses"]).stdout).toMatch(/^zod \d/m);
    expect(run(["whoami", "--no-input"])).toMatchObject({ status: 4 });
    const keychain = run(["whoami", "--no-input", "--backend", "keychain"]);
    expect(keychain.stderr).not.toContain("can't be loaded");
    expect(keychain.status).toBeGreaterThan(0);
    expect(
      run(["whoami", "--no-input"], { NODE_OPTIONS: "--no-warnings", NODE_DEBUG: "http" }),
    ).toMatchObject({
      status: 4,
      stderr: expect.not.stringContaining("HTTP"),
    });
    // oclif's own tools find the commands in the package.
    const oclif = await Config.load({ root: join(output, "package") });
    expect(oclif.commandIDs).toContain("key:generate");
    const { id } = await oclif.findCommand("whoami", { must: true }).load();
    expect(id).toBe("whoami");
  });
});
