import { describe, expect, it } from "vitest";
import { commandName } from "../build/completion-table.ts";
import { helpTexts } from "../build/help-text.ts";
import { commandFlags } from "../src/argv/command-flags.ts";
import { commandLine } from "../src/argv/command-line.ts";
import { type FlagDescription, globalFlags } from "../src/argv/global-flags.ts";
import { resolveCommand } from "../src/argv/resolve-command.ts";
import { operations } from "../src/operations/index.ts";
import { frontEnds, ownCommands } from "../src/program/command-list.ts";
import { help } from "../src/program/help.generated.ts";
import { fitHelp } from "../src/text/fit-help.ts";

const all = [...operations, ...ownCommands, ...frontEnds];
const texts = await helpTexts();

describe("the help", () => {
  it("is generated from the current operations", () => {
    expect(help).toEqual(texts);
  });

  it.each(Object.keys(texts))("of “%s” is unchanged", async (name) => {
    await expect(texts[name]).toMatchFileSnapshot(`help/${name.replaceAll(" ", "-") || "hexuser"}.txt`);
  });

  it.each(Object.entries(texts))("of “%s” fits into 80 columns", (_, text) => {
    for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});

describe("the help on a narrow terminal", () => {
  const wordsOf = (text: string) => text.replaceAll(" \\\n", " ").split(/\s+/);

  it.each([79, 60, 40])("fits into %i columns, and says the same", (columns) => {
    for (const text of Object.values(texts)) {
      const fitted = fitHelp(text, columns);
      expect(Math.max(...fitted.split("\n").map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(wordsOf(fitted)).toEqual(wordsOf(text));
    }
  });

  it("is wrapped between words, with each meaning under its term if there is no room beside it", () => {
    const text =
      "USAGE\n  $ hexuser auth [FLAGS]\n\nFLAGS\n  --a=NAME   First of all,\n             the name [env: A]\n\nTold.\n";
    expect(fitHelp(text, 39)).toMatchInlineSnapshot(`
      "USAGE
        $ hexuser auth [FLAGS]

      FLAGS
        --a=NAME   First of all, the name
                   [env: A]

      Told.
      "
    `);
    expect(fitHelp(text, 22)).toMatchInlineSnapshot(`
      "USAGE
        $ hexuser auth \\
          [FLAGS]

      FLAGS
        --a=NAME
              First of all,
              the name
              [env: A]

      Told.
      "
    `);
  });
});

describe("the help of a command", () => {
  it.each(all.map((command) => [commandName(command), command] as const))("%s", (name, command) => {
    const text = texts[name] ?? "";
    expect(text).toMatch(new RegExp(`^USAGE\\n  \\$ hexuser ${name}\\b.*\\[FLAGS\\]$`, "m"));
    for (const { name: flag, env } of [...commandFlags(command), ...globalFlags] as FlagDescription[]) {
      expect(text).toMatch(new RegExp(`--${flag}\\b`));
      if (env !== undefined) expect(text).toContain(`[env: ${env}]`);
    }
    for (const { input } of command.examples ?? [])
      expect(text).toContain(`$ ${commandLine(command, input)}`);
  });
});

describe("a command", () => {
  it.each(all.map((operation) => [commandName(operation)]))("%s is found by its words", (name) => {
    expect(resolveCommand(name.split(" "))).toMatchObject({ kind: "command", name });
  });

  it("is found with flags around its words, and with a dash for the underscore", () => {
    expect(resolveCommand(["--profile", "work", "key", "--json", "list", "--quiet"])).toMatchObject({
      name: "key list",
      rest: ["--profile", "work", "--json", "--quiet"],
    });
    expect(resolveCommand(["key:list"])).toMatchObject({ name: "key list", rest: [] });
    expect(resolveCommand(["reset-password", "account", "key-1"])).toMatchObject({
      name: "reset_password account",
      rest: ["key-1"],
    });
  });

  it("may be incomplete or unknown", () => {
    expect(resolveCommand(["key"])).toMatchObject({ kind: "topic", name: "key" });
    expect(resolveCommand(["key", "make", "--json"])).toMatchObject({
      kind: "unknown",
      name: "key make",
      rest: ["--json"],
    });
    expect(resolveCommand(["--json"])).toMatchObject({ kind: "topic", name: "" });
  });
});
