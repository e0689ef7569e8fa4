import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin, transform } from "esbuild";
import { smallParts } from "hexuser/parts";
import { workspaceRoot } from "../workspace.ts";

/** The output of esbuild for the program. */
export interface Bundle {
  /** The files that the parts of the program are in, by their names, as `requireParts` takes them. */
  readonly parts: Readonly<Record<string, string>>;
  /** Which files are inside, as esbuild tells it; paths are relative to the workspace. */
  readonly metafile: Metafile;
}

const sources = "packages/cli/dist";

/** Characters of what is put together with others: loading a file takes longer than what is in a small one. */
const smallLength = 9000;

const output = {
  platform: "node",
  target: "node24",
  minify: true,
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
} as const;

const bundling = {
  ...output,
  absWorkingDir: workspaceRoot,
  bundle: true,
  write: false,
} as const satisfies BuildOptions;

/**
 * Bundles the program and everything that it uses into the folder `folder`, with esbuild's account of it in `meta.json`.
 *
 * Code behind an `import()` becomes a part of its own, and so does the code that several parts share.
 * esbuild splits modules of ECMAScript alone; the parts are made CommonJS afterwards, since `import()` would need a
 * loader that a single file doesn't have, and would read every getter of Node's own modules.
 */
export async function bundleProgram(folder: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...bundling,
    format: "esm",
    splitting: true,
    entryPoints: {
      program: join(sources, "packed/program.js"),
      completion: join(sources, "completion/answer-completion.js"),
    },
    outdir: "parts",
    metafile: true,
    mainFields: ["module", "main"],
    define: { "import.meta.url": "bundleUrl", "import.meta.dirname": "bundleFolder" },
    // The addon is loaded from the binary.
    external: ["@napi-rs/keyring"],
    plugins: [...leftOutAnywhere, leaveOutUnusedZod],
  });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "meta.json"), JSON.stringify(metafile));
  const codes = await Promise.all(
    outputFiles.map(async ({ path, text }) => [basename(path), await toCommonJs(text)] as const),
  );
  const isSmall = (code: string) => code.length < smallLength;
  const small = codes.filter(([, code]) => isSmall(code)).map(([name, code]) => `"${name}":${code}`);
  const files = [
    ...codes.filter(([, code]) => !isSmall(code)),
    [smallParts, `({${small.join(",")}})`] as const,
  ];
  const parts: Record<string, string> = {};
  for (const [name, code] of files) {
    parts[name] = join(folder, name);
    writeFileSync(parts[name], code);
  }
  return { parts, metafile };
}

async function toCommonJs(text: string): Promise<string> {
  const { code } = await transform(text, {
    ...output,
    format: "cjs",
    supported: { "dynamic-import": false },
    banner:
      '(function(require,module,exports){"use strict";const bundleUrl="file:///hexuser",bundleFolder="/";',
    footer: "})",
  });
  return code.trimEnd();
}

/** Makes the file that the binary runs first. */
export async function bundleBoot(folder: string): Promise<string> {
  const { outputFiles } = await build({
    ...bundling,
    format: "cjs",
    entryPoints: [join(sources, "packed/boot.js")],
    outfile: "boot.cjs",
  });
  const boot = join(folder, "boot.cjs");
  writeFileSync(boot, outputFiles[0]?.contents ?? "");
  return boot;
}

/** zod brings its messages in fifty languages, of which the program uses one. */
const leaveOutLocales: Plugin = {
  name: "leave-out-locales",
  setup(builder) {
    builder.onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    }));
  },
};

/** esbuild finds the unused members of a namespace, but not of an exported object; `z` is both. */
const leaveOutUnusedZod: Plugin = {
  name: "leave-out-unused-zod",
  setup(builder) {
    builder.onLoad({ filter: /[/\\]packages[/\\][^/\\]+[/\\]dist[/\\].*\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace('import { z } from "zod"', 'import * as z from "zod"'),
    }));
  },
};

/** oclif tells its own developers what it does, when the variable `DEBUG` asks for it: not a user's business. */
const leaveOutDebug: Plugin = {
  name: "leave-out-debug",
  setup(builder) {
    builder.onLoad({ filter: /[/\\]node_modules[/\\]debug[/\\]src[/\\]index\.js$/ }, () => ({
      contents: `const silent = Object.assign(() => {}, { enabled: false, extend: () => silent });
module.exports = Object.assign(() => silent, { default: () => silent, enable() {}, disable() {}, enabled: () => false });`,
    }));
  },
};

/** Packages with which oclif renders help and searches the disk for plugins: a command that runs does neither. */
const leaveOutPackages: Plugin = {
  name: "leave-out-packages",
  setup(builder) {
    builder.onLoad({ filter: /[/\\]node_modules[/\\](ejs|tinyglobby|minimatch)[/\\]/ }, () => ({
      contents: "",
    }));
  },
};

/**
 * What oclif shows by itself, and what looks for plugins, hooks and themes on the disk. The program shows failures and
 * colours itself, its help was made when it was built, and all its commands and hooks are inside.
 */
const leaveOutOfOclif: Plugin = {
  name: "leave-out-of-oclif",
  setup(builder) {
    const contents: Readonly<Record<string, string>> = {
      "config/plugin": "",
      "config/ts-path": "",
      "errors/handle": "",
      "errors/errors/pretty-print": "",
      "help/index": "",
      "module-loader": "",
      performance: "exports.Performance = { mark() {} };",
      "util/find-root": "",
      // It would start PowerShell on Windows to find the shell that started the program.
      "util/os": `const os = require("node:os");
exports.getHomeDir = os.homedir;
exports.getPlatform = async () => os.platform();
exports.getShell = async () => "unknown";`,
      "util/read-pjson": "",
      "ux/index": "",
      "ux/theme": "exports.colorize = (color, text) => text;",
      screen: "exports.stdtermwidth = exports.errtermwidth = 80;",
    };
    const names = Object.keys(contents).join("|");
    const filter = new RegExp(`/@oclif/core/lib/(${names})\\.js$`.replaceAll("/", "[/\\\\]"));
    builder.onLoad({ filter }, ({ path }) => ({
      contents: contents[filter.exec(path)?.[1]?.replaceAll("\\", "/") ?? ""] ?? "",
    }));
    // Its errors lay out their own text, and bring the names of all colours and all emojis for it.
    builder.onLoad(
      { filter: /[/\\]@oclif[/\\]core[/\\]lib[/\\]errors[/\\]errors[/\\]cli\.js$/ },
      ({ path }) => ({
        contents: readFileSync(path, "utf8").replace(
          /require\("(clean-stack|indent-string|wrap-ansi)"\)/g,
          "((text) => text)",
        ),
      }),
    );
  },
};

/** Modules that neither the binaries nor the npm package need. */
export const leftOutAnywhere: Plugin[] = [leaveOutLocales, leaveOutDebug, leaveOutPackages, leaveOutOfOclif];
