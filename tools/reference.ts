// Writes docs/reference.md from the operations and the flags of the built packages; with `--check` it only says
// whether the file is up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formattedReference } from "./reference-page.ts";
import { workspaceRoot } from "./workspace.ts";

const path = join(workspaceRoot, "docs/reference.md");
const page = formattedReference();

if (!process.argv.includes("--check")) {
  writeFileSync(path, page);
} else if (readFileSync(path, "utf8") !== page) {
  console.error("docs/reference.md is out of date.\nTo fix: npm run reference");
  process.exit(1);
}
