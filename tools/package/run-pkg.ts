// Started as a process of its own, with a home directory in which pkg finds everything that it would download, and a
// temporary directory in which the program lies: puts the program and its assets into a Node. The one argument is an
// `Injection` as JSON.
import { createRequire } from "node:module";
import { basename } from "node:path";
import { runtimeArguments } from "./runtime.ts";

/** What is to be made. */
export interface Injection {
  /** A file in the temporary directory. */
  readonly main: string;
  readonly assets: Readonly<Record<string, string>>;
  readonly output: string;
  readonly target: { readonly platform: string; readonly arch: string; readonly version: string };
}

/** The part of pkg that is used. Its command line doesn't pass on the configuration of single executables. */
interface Pkg {
  default(
    entry: string,
    options: {
      signature: boolean;
      targets: readonly { platform: string; arch: string; nodeRange: string; output: string }[];
      seaConfig: Readonly<Record<string, unknown>>;
    },
  ): Promise<void>;
}

const require = createRequire(new URL("pkg/package.json", import.meta.url));
const { default: makeExecutable } = require("@yao-pkg/pkg/lib-es5/sea.js") as Pkg;
const { main, assets, output, target } = JSON.parse(process.argv[2] ?? "") as Injection;

await makeExecutable(main, {
  signature: true,
  targets: [{ platform: target.platform, arch: target.arch, nodeRange: `node${target.version}`, output }],
  seaConfig: {
    disableExperimentalSEAWarning: true,
    // Otherwise NODE_OPTIONS would have the power to load code into the program.
    execArgvExtension: "none",
    execArgv: runtimeArguments,
    // The path is kept in the binary. Relative to where pkg works, it is the same wherever the binary is built.
    main: `../${basename(main)}`,
    assets,
  },
});
