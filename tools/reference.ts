// Writes the files that are generated from the operations and flags of the built packages. `--check` only tells
// which files are outdated.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { referenceFiles, staleReferenceFiles } from "./reference-files.ts";
import { workspaceRoot } from "./workspace.ts";

const files = referenceFiles();
const stale = staleReferenceFiles(files);

if (!process.argv.includes("--check")) {
  for (const path of stale) {
    const file = join(workspaceRoot, path);
    const content = files.get(path);
    mkdirSync(dirname(file), { recursive: true });
    if (content === undefined) rmSync(file);
    else writeFileSync(file, content);
  }
} else if (stale.length > 0) {
  console.error(`Out of date: ${stale.join(", ")}\nTo fix: run npm run reference`);
  process.exit(1);
}
