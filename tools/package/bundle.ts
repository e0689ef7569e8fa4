import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { workspaceRoot } from "../workspace.ts";

/** What esbuild made of the program. */
export interface Bundle {
  /** The program: what a function's body would be that gets `require`. */
  readonly program: string;
  readonly metafile: Metafile;
}

const sources = "packages/cli/dist/packed";

const shared = {
  absWorkingDir: workspaceRoot,
  bundle: true,
  platform: "node",
  target: "node24",
  format: "cjs",
  minify: true,
  charset: "ascii",
  legalComments: "none",
  write: false,
  logLevel: "warning",
} as const satisfies BuildOptions;

/**
 * Makes one file of the program and of everything that it uses, into `folder`.
 *
 * Dynamic imports become `require`, which runs a module where it is used; as `import()` they would need a loader
 * that a single file doesn't have, and read every getter of Node's own modules.
 */
export async function bundleProgram(folder: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...shared,
    entryPoints: [join(sources, "program.js")],
    outfile: "program.cjs",
    metafile: true,
    mainFields: ["module", "main"],
    supported: { "dynamic-import": false },
    define: { "import.meta.url": "bundleUrl", "import.meta.dirname": "bundleFolder" },
    banner: {
      js: '(function(require,module){"use strict";const bundleUrl="file:///hexuser",bundleFolder="/";',
    },
    footer: { js: "})" },
    // The addon is loaded from the binary.
    external: ["@napi-rs/keyring"],
    plugins: [leaveOutLocales, leaveOutDebug],
  });
  const program = join(folder, "program.cjs");
  mkdirSync(folder, { recursive: true });
  writeFileSync(program, outputFiles[0]?.contents ?? "");
  writeFileSync(metafileOf(program), JSON.stringify(metafile));
  return { program, metafile };
}

/** What `bundleProgram` left at this path. */
export function readBundle(program: string): Bundle {
  return { program, metafile: JSON.parse(readFileSync(metafileOf(program), "utf8")) as Metafile };
}

function metafileOf(program: string): string {
  return `${program}.meta.json`;
}

/** Makes the file that the binary runs first, with the program or without what the compiler made of it. */
export async function bundleBoot(folder: string, hasCodeCache: boolean): Promise<string> {
  const { outputFiles } = await build({
    ...shared,
    entryPoints: [join(sources, "boot.js")],
    outfile: "boot.cjs",
    define: { HAS_CODE_CACHE: String(hasCodeCache) },
    plugins: [leaveOutDynamicImports],
  });
  const boot = join(folder, "boot.cjs");
  writeFileSync(boot, outputFiles[0]?.contents ?? "");
  return boot;
}

/** The table of commands tells how to load them, which is left to the program. */
const leaveOutDynamicImports: Plugin = {
  name: "leave-out-dynamic-imports",
  setup(builder) {
    builder.onResolve({ filter: /.*/ }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path, external: true } : undefined,
    );
  },
};

/** zod brings its messages in fifty languages, of which the program uses one. */
export const leaveOutLocales: Plugin = {
  name: "leave-out-locales",
  setup(builder) {
    builder.onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    }));
  },
};

/** oclif tells its own developers what it does, when the variable `DEBUG` asks for it: not a user's business. */
export const leaveOutDebug: Plugin = {
  name: "leave-out-debug",
  setup(builder) {
    builder.onLoad({ filter: /[/\\]node_modules[/\\]debug[/\\]src[/\\]index\.js$/ }, () => ({
      contents: `const silent = Object.assign(() => {}, { enabled: false, extend: () => silent });
module.exports = Object.assign(() => silent, { default: () => silent, enable() {}, disable() {}, enabled: () => false });`,
    }));
  },
};
