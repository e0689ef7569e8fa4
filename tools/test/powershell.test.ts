import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { completionScript } from "hexuser/completion-script";
import { beforeAll, expect, it } from "vitest";
import { Language, type Node, Parser } from "web-tree-sitter";
import { workspaceRoot } from "../workspace.ts";

// Tests run on systems without PowerShell, so a grammar of the language finds syntax errors.

let parser: Parser;
beforeAll(async () => {
  await Parser.init();
  const grammar = dirname(createRequire(import.meta.url).resolve("tree-sitter-powershell/package.json"));
  parser = new Parser();
  parser.setLanguage(await Language.load(join(grammar, "tree-sitter-powershell.wasm")));
});

/** The lines that the grammar can't parse. */
function mistakes(script: string): string[] {
  const found: string[] = [];
  const look = (node: Node) => {
    if (node.isError || node.isMissing) found.push(`${node.startPosition.row + 1}: ${node.text}`);
    for (const child of node.children) if (child?.hasError) look(child);
  };
  const root = parser.parse(script)?.rootNode;
  if (root === undefined) throw new Error("Nothing was parsed.");
  if (root.hasError) look(root);
  return found;
}

it("install.ps1 is valid PowerShell", () => {
  const script = readFileSync(join(workspaceRoot, "tools/release/templates/install.ps1"), "utf8");
  expect(mistakes(script)).toEqual([]);
  expect(mistakes(script.replace("try {", "try"))).not.toEqual([]);
});

it("the completion for PowerShell is valid PowerShell", () => {
  expect(mistakes(completionScript("powershell"))).toEqual([]);
});
