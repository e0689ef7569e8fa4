import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { workspaceRoot } from "../workspace.ts";

/** The part of a component in a CycloneDX document (version 1.6) that we read. */
export interface Component {
  readonly type: string;
  readonly name: string;
  readonly version?: string;
  readonly group?: string;
  readonly purl?: string;
  readonly licenses?: readonly {
    readonly license?: { readonly id?: string; readonly name?: string };
    readonly expression?: string;
  }[];
  readonly evidence?: {
    readonly licenses?: readonly {
      readonly license: { readonly name?: string; readonly text?: { readonly content: string } };
    }[];
  };
}

/** The part of a CycloneDX document that we read. */
export interface Inventory {
  readonly components: readonly Component[];
  readonly metadata: { readonly component: Component; readonly tools?: unknown };
}

/**
 * Lists the packages that esbuild put into the program as a CycloneDX document with the texts of their licenses.
 * The same program gives the same document.
 */
export function takeInventory(metafile: Metafile): Inventory {
  const folder = mkdtempSync(join(tmpdir(), "hexuser-inventory-"));
  try {
    const path = join(folder, "metafile.json");
    writeFileSync(path, JSON.stringify(withoutUnused(metafile)));
    const document = join(folder, "inventory.json");
    const tool = join(
      workspaceRoot,
      "node_modules/@cyclonedx/cyclonedx-esbuild/bin/cyclonedx-esbuild-cli.js",
    );
    execFileSync(
      process.execPath,
      [tool, "--gather-license-texts", "--output-reproducible", "--no-validate", "-o", document, path],
      { cwd: workspaceRoot, stdio: ["ignore", "ignore", "ignore"] },
    );
    return JSON.parse(readFileSync(document, "utf8")) as Inventory;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `@oclif/core`, as npm calls it. */
export function packageName({ group, name }: Component): string {
  return group === undefined ? name : `${group}/${name}`;
}

/** The inputs of esbuild that left something in the output. */
function withoutUnused(metafile: Metafile): Metafile {
  const used = new Set(
    Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    ),
  );
  const inputs = Object.entries(metafile.inputs)
    .filter(([path]) => used.has(path))
    .map(([path, input]) => [
      path,
      { ...input, imports: input.imports.filter((one) => one.external === true || used.has(one.path)) },
    ]);
  return { ...metafile, inputs: Object.fromEntries(inputs) as Metafile["inputs"] };
}
