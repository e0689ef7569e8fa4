// Puts the program and its assets into a Node. Runs as a separate process, with a home directory that contains all
// that pkg would download, and with a temporary directory that contains the program. Its argument is an
// `Injection` as JSON.
import { createRequire } from "node:module";
import { basename } from "node:path";
import { runtimeArguments } from "./runtime.ts";

/** The binary to make. */
export interface Injection {
  /** A file in the temporary directory. */
  readonly main: string;
  readonly assets: Readonly<Record<string, string>>;
  readonly output: string;
  readonly target: { readonly platform: string; readonly arch: string; readonly version: string };
}

/** The part of pkg that we use. Its command line doesn't pass on the configuration of single executables. */
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
    // Otherwise NODE_OPTIONS could load code into the program.
    execArgvExtension: "none",
    execArgv: runtimeArguments,
    // The binary contains this path. Relative to pkg's directory, it is the same for a build in any directory.
    main: `../${basename(main)}`,
    assets,
  },
});
