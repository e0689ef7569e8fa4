import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { packedBinary } from "../../e2e/packed/packed-program.ts";
import { itWith } from "../../e2e/requirements.ts";
import { buildBinary } from "../package/build-binary.ts";
import { bundleProgram } from "../package/bundle.ts";
import { hostPlatform, platforms, preparingRuntime } from "../package/platforms.ts";
import { workspaceRoot } from "../workspace.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "hexuser-build-"));
  folders.push(folder);
  return folder;
}

/** Builds the binary of this machine's platform in a folder of its own. */
async function build(): Promise<string> {
  const host = hostPlatform();
  if (host === undefined) throw new Error("No binaries are built for this platform.");
  const folder = makeFolder();
  const bundle = await bundleProgram(join(folder, "bundle"));
  return buildBinary(host, bundle, { outputFolder: folder, work: folder });
}

describe("a binary", () => {
  itWith(packedBinary)(
    "has the same bytes after a build in another folder, and contains no path of the machine",
    async () => {
      const [first, second] = [readFileSync(await build()), readFileSync(await build())];
      const hash = (content: Buffer) => createHash("sha256").update(content).digest("hex");
      expect(hash(second)).toBe(hash(first));
      for (const path of [workspaceRoot, ...folders]) expect(first.includes(`${path}/`)).toBe(false);
    },
    120_000,
  );

  it("keeps the parts of an operation apart from other operations and the wizard", async () => {
    const { metafile } = await bundleProgram(join(makeFolder(), "bundle"));
    const outputs = Object.entries(metafile.outputs);
    const partOf = (entry: string) => {
      const part = outputs.find(([, { entryPoint }]) => entryPoint === `packages/${entry}`);
      if (part === undefined) throw new Error(`There is no part for ${entry}.`);
      return part[0];
    };
    const loaded = new Set<string>();
    const load = (part: string) => {
      if (loaded.has(part)) return;
      loaded.add(part);
      for (const { path, kind } of metafile.outputs[part]?.imports ?? [])
        if (kind === "import-statement" && path in metafile.outputs) load(path);
    };
    const whoami = "core/dist/operations/whoami.js";
    for (const entry of ["cli/dist/packed/program.js", whoami]) load(partOf(entry));
    const files = [...loaded].flatMap((part) => Object.keys(metafile.outputs[part]?.inputs ?? {}));
    expect(files.filter((file) => /^packages\/(core\/dist\/operations|wizard)\//.test(file))).toEqual([
      `packages/${whoami}`,
    ]);
  });
});

describe("the platforms", () => {
  it("each have a runtime for this machine with the version of the runtime inside", () => {
    for (const host of platforms.filter(({ id }) => id === "linux-x64")) {
      for (const target of platforms) {
        expect(preparingRuntime(target, host).version).toBe(target.runtime.version);
      }
    }
  });
});
