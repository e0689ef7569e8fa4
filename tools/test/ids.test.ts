import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sourceFiles, workspaceRoot } from "../workspace.ts";

const read = (file: string) => readFileSync(join(workspaceRoot, file), "utf8");

/** The ids of operations, of the program's own commands and of sign-in methods, as their files define them. */
const ids = [
  ...sourceFiles("core").filter((file) => file.includes("/operations/")),
  ...sourceFiles("cli").filter((file) => file.includes("/commands/")),
  ...sourceFiles("auth"),
].flatMap((file) =>
  [...read(file).matchAll(/(?:^|\{)\s+id: (?:"|`\$\{holder\.prefix\})([a-z_.]+)["`],/gm)].map(
    ([, id]) => id ?? "",
  ),
);

const sources = ["core", "cli", "wizard"]
  .flatMap(sourceFiles)
  .filter((file) => !file.endsWith(".generated.ts"));

/** The places in a text that compare something with one of the ids, or look something up by them. */
function placesOf(text: string): string[] {
  const any = `"(?:${ids.map((id) => id.replaceAll(".", "\\.")).join("|")})"`;
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const tables = [...code.matchAll(/Record<string,[^=;]*= \{([^;]*)\}/g)].map(([, body]) => body ?? "");
  const keys = new RegExp(`^\\s*(?:${ids.map((id) => `"?${id.replaceAll(".", "\\.")}"?`).join("|")}):`, "gm");
  const isNamed = (name: string) => new RegExp(`\\b${name}\\s*[!=]==?\\s*${any}`, "g");
  return [
    // A method's or operation's id in a comparison, on either side, and in a `switch`.
    ...[isNamed("id"), isNamed("method"), isNamed("operation"), isNamed("operationId")],
    new RegExp(`${any}\\s*[!=]==?\\s*[\\w.?]*\\b(?:id|method|operation)\\b`, "g"),
    /switch \([^)]*\bid\)/g,
    // Only ids contain dots.
    /^\s*"[a-z_]+\.[a-z_]+":/gm,
    /[!=]== "(?:key|organization|backend|http|reset_password)\.[a-z_]+"/g,
    /\[\s*"(?:key|organization|backend|http|reset_password)\.[a-z_]+"/g,
  ]
    .flatMap((pattern) => [...code.matchAll(pattern)].map(([found]) => found.trim()))
    .concat(tables.flatMap((body) => [...body.matchAll(keys)].map(([found]) => found.trim())));
}

describe("ids of operations and methods", () => {
  it("are found", () => {
    expect(ids).toEqual(
      expect.arrayContaining(["whoami", "key.generate", "auth", "backend.move", "licenses", "device"]),
    );
  });

  it.each([
    'if (operation.id === "key.generate") return;',
    'const isAuth = id !== "auth";',
    'return "auth" === operation.id;',
    "switch (operation.id) {}",
    "const shown: Readonly<Record<string, Show>> = {\n  whoami: show,\n};",
    'const shown = {\n  "key.list": show,\n};',
    'const local = new Set(["backend.list"]);',
    'const isKey = method.id === "key";',
  ])("are recognized in %j", (text) => {
    expect(placesOf(text)).not.toEqual([]);
  });

  it("decide nothing: operations and methods describe themselves", () => {
    const found = sources.flatMap((file) => placesOf(read(file)).map((place) => `${file}: ${place}`));
    expect(found).toEqual([]);
  });
});
