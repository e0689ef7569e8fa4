import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileCycles, folderCycles, importsIn } from "../import-graph.ts";
import { measureStructure, measureWhoami } from "../structure-figures.ts";
import { packages, sourceFiles, workspaceRoot } from "../workspace.ts";

describe("imports make no cycle, counting types and dynamic imports,", () => {
  it.each(packages())("between the files of $folder", ({ folder }) => {
    expect(fileCycles(folder)).toEqual([]);
  });

  it.each(packages())("between the folders of $folder", ({ folder }) => {
    expect(folderCycles(folder)).toEqual([]);
  });
});

describe("the folders of cli are layers", () => {
  /** A folder imports only folders of the lines above its own. */
  const layers = [
    ["text", "operations", "http"],
    ["argv"],
    ["host"],
    ["output"],
    ["ask"],
    ["completion", "commands", "run", "serve", "mcp", "wizard"],
    ["program"],
    ["packed"],
  ];
  const source = "packages/cli/src/";
  const levelOf = (folder: string) => layers.findIndex((layer) => layer.includes(folder));
  const folderOf = (path: string) => path.slice(source.length).split("/")[0] ?? "";
  const files = sourceFiles("cli").filter((file) => file !== `${source}main.ts`);

  it("and each has a place in the order", () => {
    expect([...new Set(files.map(folderOf))].sort()).toEqual(layers.flat().sort());
  });

  it("and import only lower layers, counting types and dynamic imports", () => {
    const wrong = files.flatMap(importsFrom).filter(([from, to]) => {
      const [own, other] = [folderOf(from), folderOf(to)];
      return own !== other && levelOf(other) >= levelOf(own);
    });
    expect(wrong.map((edge) => edge.join(" imports "))).toEqual([]);
  });

  function importsFrom(file: string): [from: string, to: string][] {
    return importsIn(file)
      .filter(({ specifier }) => specifier.startsWith("."))
      .map(({ specifier }) => [file, join(file, "..", specifier).replaceAll("\\", "/")]);
  }
});

describe("exports", () => {
  it("are all used in other files, and all dependencies of packages are used", () => {
    const { stdout } = spawnSync(
      process.execPath,
      [join(workspaceRoot, "node_modules/knip/bin/knip.js"), "--no-progress", "--reporter", "json"],
      { cwd: workspaceRoot, encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } },
    );
    const { issues } = JSON.parse(stdout) as { issues: KnipIssue[] };
    const ofPackages = issues.filter(({ file }) => file.startsWith("packages/"));
    const unused = ofPackages.flatMap(({ file, exports = [], types = [], dependencies = [] }) =>
      [...exports, ...types, ...dependencies].map(({ name }) => `${file}: ${name}`),
    );
    expect(unused).toEqual([]);
  }, 120_000);

  it("of package.json files exist after a build", () => {
    const named = packages().flatMap(({ folder }) => {
      const text = readFileSync(join(workspaceRoot, "packages", folder, "package.json"), "utf8");
      return exportPaths(JSON.parse(text).exports).map((path) => join("packages", folder, path));
    });
    expect(named.length).toBeGreaterThan(5);
    for (const path of named.filter((name) => !name.includes("*"))) {
      expect(() => readFileSync(join(workspaceRoot, path)), path).not.toThrow();
    }
  });
});

it("core, auth and credentials mention no flag and no command, except in comments", () => {
  expect(measureStructure().flagsBelowFrontEnds).toBe(0);
});

it("the figures are measured on the sources", () => {
  const { files, lines, endpointPaths } = measureStructure();
  expect(files).toBeGreaterThan(200);
  expect(lines).toBeGreaterThan(10_000);
  expect(endpointPaths).toBeGreaterThan(8);
});

it("whoami runs code in few files", async () => {
  const { run } = await measureWhoami();
  expect(run).toContain("packages/core/dist/operations/whoami.js");
  expect(run.length).toBeLessThanOrEqual(67);
}, 120_000);

interface KnipIssue {
  readonly file: string;
  readonly exports?: readonly { readonly name: string }[];
  readonly types?: readonly { readonly name: string }[];
  readonly dependencies?: readonly { readonly name: string }[];
}

function exportPaths(entry: unknown): string[] {
  if (typeof entry === "string") return [entry];
  return typeof entry === "object" && entry !== null ? Object.values(entry).flatMap(exportPaths) : [];
}
