import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";
import { fileCycles, folderCycles } from "./import-graph.ts";
import { packages, sourceFiles, workspaceRoot } from "./workspace.ts";

/** The figures of the packages' sources, without generated files. */
export interface StructureFigures {
  readonly files: number;
  readonly lines: number;
  /** Comparisons with the id of an operation or a method. */
  readonly idComparisons: number;
  /** String literals that hold the path of an endpoint. */
  readonly endpointPaths: number;
  /** Flags and commands of hexuser that core, auth and credentials mention outside of comments. */
  readonly flagsBelowFrontEnds: number;
  readonly fileCycles: number;
  readonly folderCycles: number;
}

const ids = ["core/src/operations", "auth/src"].flatMap((folder) =>
  packages()
    .flatMap((each) => sourceFiles(each.folder))
    .filter((file) => file.startsWith(`packages/${folder}/`))
    .flatMap((file) =>
      [...readSource(file).matchAll(/^ +id: (?:"|`\$\{holder\.prefix\})([\w.]+)["`]/gm)].map(
        ([, id = ""]) => id,
      ),
    ),
);

/** Measures the sources under packages. */
export function measureStructure(): StructureFigures {
  const folders = packages().map(({ folder }) => folder);
  const files = folders.flatMap(sourceFiles).filter((file) => !file.endsWith(".generated.ts"));
  const program = files.filter((file) => !file.startsWith("packages/sandbox/"));
  const below = files.filter((file) => /^packages\/(core|auth|credentials)\//.test(file));
  const id = ids.map((name) => name.replaceAll(".", "\\.")).join("|");
  return {
    files: files.length,
    lines: files.reduce((sum, file) => sum + readSource(file).split("\n").length - 1, 0),
    idComparisons: count(
      program,
      new RegExp(`\\b(id|method|operation) [!=]== "(${id})"|case "(${id})":`, "g"),
    ),
    endpointPaths: count(program, /["`]\/(users|keys|auth|orgs|oauth)\b[^"`]*["`]/g),
    flagsBelowFrontEnds: below.flatMap((file) => mentionedFlags(withoutComments(file))).length,
    fileCycles: folders.flatMap((folder) => fileCycles(folder)).length,
    folderCycles: folders.flatMap((folder) => folderCycles(folder)).length,
  };
}

/** The built files of the packages that one command loads, and those of them in which it calls a function. */
export interface LoadedFiles {
  readonly loaded: readonly string[];
  readonly run: readonly string[];
}

/**
 * Runs `hexuser whoami` of the working tree with a key in `hex.config` against a local registry, and asks V8 which functions
 * were called. The code outside of functions, which runs when a file is loaded, doesn't count.
 */
export async function measureWhoami(): Promise<LoadedFiles> {
  const home = mkdtempSync(join(tmpdir(), "hexuser-figures-"));
  const sandbox = spawn(join(workspaceRoot, "node_modules/.bin/hexuser-sandbox"), ["--json"]);
  try {
    const [line] = await once(sandbox.stdout, "data");
    const { url, apiUrl } = JSON.parse(String(line));
    const post = async (path: string, body: object) =>
      (await fetch(url + path, { method: "POST", body: JSON.stringify(body) })).json();
    await post("/sandbox/users", { username: "eric" });
    const { secret } = (await post("/sandbox/keys", { username: "eric", name: "ci" })) as { secret: string };
    const env = { HOME: home, HEX_API_URL: apiUrl };
    await runProgram(["auth", "--with-key"], env, secret);
    const coverage = join(home, "coverage");
    await runProgram(["whoami"], { ...env, NODE_V8_COVERAGE: coverage });
    return readCoverage(coverage);
  } finally {
    sandbox.kill();
    rmSync(home, { recursive: true, force: true });
  }
}

async function runProgram(args: readonly string[], env: NodeJS.ProcessEnv, stdin = ""): Promise<void> {
  const main = join(workspaceRoot, "packages/cli/dist/main.js");
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ["pipe", "ignore", "pipe"] });
  child.stdin.end(stdin);
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
  if (code !== 0) throw new Error(`hexuser ${args.join(" ")} failed:\n${stderr}`);
}

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    /** The first is the file itself. */
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

function readCoverage(folder: string): LoadedFiles {
  const built = /^packages\/\w+\/dist\//;
  const scripts = readdirSync(folder)
    .flatMap((name) => (JSON.parse(readFileSync(join(folder, name), "utf8")) as Coverage).result)
    .filter(({ url }) => url.startsWith("file:"))
    .map(({ url, functions: [, ...functions] }) => ({
      path: fileURLToPath(url)
        .slice(workspaceRoot.length + 1)
        .replaceAll("\\", "/"),
      isRun: functions.some(({ ranges }) => (ranges[0]?.count ?? 0) > 0),
    }))
    .filter(({ path }) => built.test(path));
  return {
    loaded: scripts.map(({ path }) => path),
    run: scripts.filter(({ isRun }) => isRun).map(({ path }) => path),
  };
}

function count(files: readonly string[], pattern: RegExp): number {
  return files.reduce((sum, file) => sum + [...readSource(file).matchAll(pattern)].length, 0);
}

/** The flags and the commands that the reference names. */
function mentionedFlags(text: string): string[] {
  const names = /(?<![\w-])--[a-z][a-z-]+|\bhexuser [a-z_]+/g;
  const known = new Set(
    readSource("docs/reference.md").match(/(?<![\w-])--[a-z][a-z-]+|(?<=`)hexuser [a-z_]+/g),
  );
  return (text.match(names) ?? []).filter((name) => known.has(name));
}

function withoutComments(file: string): string {
  const text = readSource(file);
  return parseSync(file, text).comments.reduceRight(
    (rest, { start, end }) => rest.slice(0, start) + rest.slice(end),
    text,
  );
}

function readSource(file: string): string {
  return readFileSync(join(workspaceRoot, file), "utf8");
}

if (import.meta.main) {
  const { loaded, run } = await measureWhoami();
  console.table({ ...measureStructure(), loadedByWhoami: loaded.length, runByWhoami: run.length });
}
