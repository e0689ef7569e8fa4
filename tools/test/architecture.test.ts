import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { globalsIn, type Import, importsIn, importsOf } from "../import-graph.ts";
import { packages, sourceFiles, workspaceRoot } from "../workspace.ts";

/** Which packages of the workspace each may import, types included. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  core: [],
  credentials: ["@hexuser/core"],
  auth: ["@hexuser/core"],
  wizard: ["@hexuser/core"],
  cli: [
    "@hexuser/core",
    // Separate from the index, so that a command loads only its own operation.
    "@hexuser/core/operations",
    "@hexuser/core/operations/*",
    "@hexuser/credentials",
    // Completion needs only these.
    "@hexuser/credentials/backends",
    "@hexuser/credentials/directories",
    "@hexuser/credentials/path-owner",
    // Caches write files and need nothing else of this package.
    "@hexuser/credentials/read-plain",
    "@hexuser/credentials/whole-file",
    "@hexuser/auth",
    "@hexuser/wizard",
    "@hexuser/wizard/keyboard",
  ],
  sandbox: [],
};

/** Globals through which core would have effects outside of its context. */
const worldlyGlobals = [
  ...[
    "process",
    "console",
    "Buffer",
    "require",
    "global",
    "globalThis",
    "window",
    "document",
    "localStorage",
  ],
  ...["fetch", "WebSocket", "XMLHttpRequest", "setTimeout", "setInterval", "setImmediate", "Date.now"],
];

const everyPackage = packages();
const ours = new Set(everyPackage.map(({ name }) => name));

function isAllowed(folder: string, specifier: string): boolean {
  const wildcard = specifier.replace(/(\/operations\/)[\w-]+$/, "$1*");
  return arrows[folder]?.includes(wildcard) ?? false;
}

describe("the arrows", () => {
  it("are defined for every package", () => {
    expect(everyPackage.map(({ folder }) => folder).sort()).toEqual(Object.keys(arrows).sort());
  });

  it.each(everyPackage)("of $folder are the only imports of other packages", async ({ folder, name }) => {
    const others = (await importsOf(folder)).filter(({ specifier }) => ours.has(packageOf(specifier)));
    expect(others.filter(({ specifier }) => !isAllowed(folder, specifier)).map(show)).toEqual([]);
    expect(others.filter(({ specifier }) => packageOf(specifier) === name).map(show)).toEqual([]);
  });

  it.each(everyPackage)("of $folder do not lead out of it by a path", async ({ folder }) => {
    const escaping = (await importsOf(folder)).filter(
      ({ file, specifier }) =>
        specifier.startsWith(".") && !join(file, "..", specifier).startsWith(`packages/${folder}/src/`),
    );
    expect(escaping.map(show)).toEqual([]);
  });

  it.each(everyPackage)("of $folder agree with its package.json", async ({ folder, dependencies }) => {
    const imported = (await importsOf(folder))
      .map(({ specifier }) => specifier)
      .filter((specifier) => !specifier.startsWith(".") && !specifier.startsWith("node:"));
    expect([...new Set(imported.map(packageOf))].filter((name) => !dependencies.includes(name))).toEqual([]);
    expect(dependencies.filter((name) => ours.has(name) && !arrows[folder]?.includes(name))).toEqual([]);
  });

  it("lead tests and tools into a package only through its exports", () => {
    const parts = [...everyPackage.map(({ folder }) => `packages/${folder}`), "e2e", "tools"];
    const files = globSync("{e2e,tools,packages/*/{build,test}}/**/*.ts", {
      cwd: workspaceRoot,
      exclude: ["**/node_modules"],
    }).map((file) => file.replaceAll("\\", "/"));
    const wrong = files
      .flatMap((file) => importsIn(file))
      .filter(({ file, specifier }) => {
        if (!specifier.startsWith(".")) return false;
        const path = join(file, "..", specifier).replaceAll("\\", "/");
        const other = parts.find((part) => path.startsWith(`${part}/`));
        return other?.startsWith("packages/") && !file.startsWith(`${other}/`);
      });
    expect(files.length).toBeGreaterThan(150);
    expect(wrong.map(show)).toEqual([]);
  });

  it("make no cycle", () => {
    const dependenciesOf = new Map(everyPackage.map(({ name, dependencies }) => [name, dependencies]));
    const visit = (name: string, path: readonly string[]): void => {
      expect(path, "a circle of packages").not.toContain(name);
      for (const next of dependenciesOf.get(name) ?? []) visit(next, [...path, name]);
    };
    for (const { name } of everyPackage) visit(name, []);
  });

  it("don't begin where the version and the help are printed", () => {
    // Every start reads the imports of `start.ts`, and the binary also compiles them.
    const open = ["packages/cli/src/program/start.ts"];
    for (const file of open) {
      for (const { specifier, dynamic } of importsIn(file, true)) {
        // In the packed binary, an `import()` here would search the working directory.
        expect(dynamic, file).toBe(false);
        expect(specifier, file).toMatch(/^\./);
        const next = join(file, "..", specifier).replaceAll("\\", "/");
        if (!open.includes(next)) open.push(next);
      }
    }
    expect(open).toContain("packages/cli/src/argv/resolve-command.ts");
  });

  it("to the wizard are dynamic imports", async () => {
    const atStart = (await importsOf("cli", true)).filter(
      ({ specifier, dynamic }) => specifier === "@hexuser/wizard" && !dynamic,
    );
    expect(atStart.map(show)).toEqual([]);
  });
});

describe("core", () => {
  it("imports only zod", async () => {
    const foreign = (await importsOf("core")).filter(
      ({ specifier }) => !specifier.startsWith(".") && specifier !== "zod",
    );
    expect(foreign.map(show)).toEqual([]);
  });

  it.each(sourceFiles("core"))("has effects only through the context: %s", async (file) => {
    expect(await globalsIn(file, worldlyGlobals)).toEqual([]);
  });
});

describe("the Hex API", () => {
  it("has each endpoint's path once, in the function for the endpoint", () => {
    const found = ["core", "auth", "credentials", "wizard", "cli"].flatMap((folder) =>
      sourceFiles(folder).flatMap((file) =>
        [...read(file).matchAll(/["`]\/((users|keys|auth|orgs|oauth)\b[^"`]*)["`]/g)]
          .filter(([literal]) => !isComment(read(file), literal))
          .map(([, path]) => ({ file, path })),
      ),
    );
    expect(found.filter(({ file }) => !file.startsWith("packages/core/src/hex-api/"))).toEqual([]);
    const paths = found.map(({ path }) => path);
    expect(paths.length).toBeGreaterThan(8);
    expect(paths.filter((path, index) => paths.indexOf(path) !== index)).toEqual([]);
  });
});

describe("files", () => {
  const sources = everyPackage.flatMap(({ folder }) => sourceFiles(folder));

  it("are found", () => {
    expect(sources.length).toBeGreaterThan(50);
  });

  it("have descriptive names", () => {
    const vague = /(^|[/.-])(utils?|helpers|common|shared|misc)([/.-]|$)/;
    const named = globSync("{packages/*,e2e,tools}/**/*.ts", {
      cwd: workspaceRoot,
      exclude: ["**/node_modules", "**/dist"],
    });
    expect(named.filter((file) => vague.test(file))).toEqual([]);
  });

  it("are at most two folders below src", () => {
    expect(sources.filter(tooDeep)).toEqual([]);
  });

  it("stay below the limit of lines", () => {
    const long = sources.filter((file) => !file.endsWith(".generated.ts") && lines(file) > 250);
    expect(long).toEqual([]);
  });

  it("mock no modules", () => {
    const tests = globSync("{packages/*/test,e2e,tools}/**/*.ts", {
      cwd: workspaceRoot,
      exclude: ["**/node_modules"],
    });
    const mocking = tests.filter((file) => /\bvi\s*\.\s*(mock|doMock|hoisted)\s*\(/.test(read(file)));
    expect(mocking).toEqual([]);
  });
});

function tooDeep(file: string): boolean {
  return (file.split("/src/")[1]?.split("/").length ?? 0) > 3;
}

function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function show({ file, specifier }: Import): string {
  return `${file} imports ${specifier}`;
}

/** Whether a literal appears in comments alone. */
function isComment(text: string, literal: string): boolean {
  return text
    .split("\n")
    .filter((line) => line.includes(literal))
    .every((line) => /^\s*(\/?\*|\/\/)/.test(line));
}

function read(file: string): string {
  return readFileSync(join(workspaceRoot, file), "utf8");
}

function lines(file: string): number {
  return read(file).split("\n").length - 1;
}
