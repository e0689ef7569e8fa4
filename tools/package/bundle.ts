import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin, transform } from "esbuild";
import { smallParts } from "hexuser/parts";
import { workspaceRoot } from "../workspace.ts";

/** The output of esbuild for the program. */
export interface Bundle {
  /** The files of the program's parts, by the names that `requireParts` takes. */
  readonly parts: Readonly<Record<string, string>>;
  /** esbuild's list of the files inside; paths are relative to the workspace. */
  readonly metafile: Metafile;
}

const sources = "packages/cli/dist";

/** The maximum length of a part that is joined with others. Loading a small file takes longer than running it. */
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
 * Bundles the program with everything that it uses into a folder, and writes esbuild's description into `meta.json`.
 *
 * Code behind an `import()` becomes a separate part, and so does code that several parts share.
 * esbuild splits only ECMAScript modules. The parts become CommonJS afterwards, because `import()` would need a
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

/** zod contains its messages in fifty languages; the program uses one. */
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

/** oclif describes its work to its own developers if the variable `DEBUG` is set. Users don't need that. */
const leaveOutDebug: Plugin = {
  name: "leave-out-debug",
  setup(builder) {
    builder.onLoad({ filter: /[/\\]node_modules[/\\]debug[/\\]src[/\\]index\.js$/ }, () => ({
      contents: `const silent = Object.assign(() => {}, { enabled: false, extend: () => silent });
module.exports = Object.assign(() => silent, { default: () => silent, enable() {}, disable() {}, enabled: () => false });`,
    }));
  },
};

/** Packages with which oclif renders help and searches the disk for plugins. A running command does neither. */
const leaveOutPackages: Plugin = {
  name: "leave-out-packages",
  setup(builder) {
    builder.onLoad({ filter: /[/\\]node_modules[/\\](ejs|tinyglobby|minimatch)[/\\]/ }, () => ({
      contents: "",
    }));
  },
};

/**
 * The parts of oclif that print, and those that look for plugins, hooks and themes on the disk. The program prints
 * failures and colors itself, its help is rendered by the build, and all its commands and hooks are inside.
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
    // Its errors lay out their own text. For that they bring the names of all colors and emojis.
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
