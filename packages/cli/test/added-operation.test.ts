import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { spawn } from "@lydell/node-pty";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const lists = new URL("./added/add-to-lists.ts", import.meta.url).href;

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "hexuser-added-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of the workspace in a Node that has added the operation to the program's list. */
function runNode(args: readonly string[], stdin = ""): Promise<Ended> {
  const env = { PATH: process.env.PATH, HOME: home, USERPROFILE: home, HEXUSER_BACKEND: "file" };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--import", lists, ...args],
      { cwd: home, env, timeout: 60_000 },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
    child.stdin?.end(stdin);
  });
}

const run = (args: readonly string[], stdin = "") => runNode([pathOf("../dist/main.js"), ...args], stdin);
const output = { text: "buy milk", isPinned: true };
const input = { text: "buy milk", isPinned: true };
const lines = (...messages: readonly object[]) => messages.map((one) => `${JSON.stringify(one)}\n`).join("");

describe("an operation that only the list knows", () => {
  it("takes flags and arguments, and is shown as a table", async () => {
    const { code, stdout, stderr } = await run(["note", "add", "buy milk", "--is-pinned"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Note      Pinned\nbuy milk  yes\n" });
    expect(stderr).toBe("The note was added.\n");
  });

  it("returns JSON, and names missing values", async () => {
    expect(JSON.parse((await run(["note", "add", "buy milk", "--is-pinned", "--json"])).stdout)).toEqual({
      ok: true,
      output,
    });
    const lacking = await run(["note", "add", "--no-input"]);
    expect(lacking).toMatchObject({ code: 2, stderr: expect.stringContaining("TEXT is missing.") });
  });

  it("has help", async () => {
    const { stdout } = await run(["note", "add", "--help"]);
    for (const part of ["hexuser note add TEXT", "What the note says", "--colour=red|green", "buy milk"])
      expect(stdout).toContain(part);
  });

  it("is in the completion", async () => {
    const complete = async (...words: readonly string[]) =>
      (await run(["--complete", "fish", `=${words.at(-1)}`, ...words.slice(0, -1)])).stdout;
    expect(await complete("note", "")).toContain("add\tAdd a note");
    expect(await complete("note", "add", "--colour", "")).toContain("green");
  });

  it("works in `run` and `serve`", async () => {
    const document = join(home, "calls.json");
    writeFileSync(document, JSON.stringify({ operation: "note.add", input }));
    expect(JSON.parse((await run(["run", document])).stdout)).toMatchObject({ call: 1, ok: true, output });
    const request = { jsonrpc: "2.0", id: 1, method: "note.add", params: { input } };
    expect(JSON.parse((await run(["serve", "--stdio"], lines(request))).stdout).result).toEqual(output);
  });

  it("is a tool of `mcp`", async () => {
    const clientInfo = { name: "test", version: "1" };
    const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
    const { stdout } = await run(
      ["mcp", "--allow", "write"],
      lines(
        { jsonrpc: "2.0", id: 1, method: "initialize", params },
        { jsonrpc: "2.0", method: "notifications/initialized" },
        { jsonrpc: "2.0", id: 2, method: "tools/list" },
        { jsonrpc: "2.0", id: 3, method: "tools/call", params: { name: "note_add", arguments: input } },
      ),
    );
    const answers = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const answer = (id: number) => answers.find((one) => one.id === id)?.result;
    const tool = answer(2).tools.find(({ name }: { name: string }) => name === "note_add");
    expect(tool).toMatchObject({ title: "Add a note", inputSchema: { required: ["text"] } });
    expect(answer(3).structuredContent).toEqual(output);
  });

  it("is in the wizard, which asks for each field and shows the table", async () => {
    const env = { PATH: process.env.PATH ?? "", HOME: home, HEXUSER_BACKEND: "file", TERM: "xterm" };
    const args = ["--import", lists, pathOf("../dist/main.js"), "wizard", "other", "--accessible"];
    const pty = spawn(process.execPath, args, { cwd: home, env, cols: 100, rows: 40 });
    let screen = "";
    const ended = new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)));
    const answers = [
      [/(\d+)\. Add a note[\s\S]*number from[^\n]*: $/, (number: string | undefined) => number],
      [/Text[^\n]*: $/, () => "buy milk"],
      [/Is pinned\?[^\n]*: $/i, () => "yes"],
      [/Colour:[\s\S]*number from[^\n]*: $/, () => "1"],
    ] as const;
    let from = 0;
    let next = 0;
    pty.onData((data) => {
      screen += data;
      const [pattern, answer] = answers[next] ?? [];
      const found = pattern?.exec(stripVTControlCharacters(screen.slice(from)));
      if (found == null || answer === undefined) return;
      from = screen.length;
      next += 1;
      pty.write(`${answer(found[1])}\r`);
    });
    expect(await ended, screen).toBe(0);
    const text = stripVTControlCharacters(screen).replaceAll("\r", "");
    expect(text).toMatch(/Note {6}Pinned\n *buy milk {2}yes\n/);
    expect(text).toContain("hexuser note add 'buy milk' --is-pinned");
  });

  it("is listed, and has a schema and a place in the reference", async () => {
    expect((await run(["operations"])).stdout).toMatch(/^note\.add +write +Add a note$/m);
    expect(JSON.parse((await run(["schema", "note.add"])).stdout).title).toBe("note.add");
    const page = new URL("../../../tools/reference-page.ts", import.meta.url).href;
    const print = `console.log((await import(${JSON.stringify(page)})).renderReference())`;
    const { stdout } = await runNode(["--input-type=module", "--eval", print]);
    expect(stdout).toContain("hexuser note add");
    expect(stdout).toContain("What the note says");
  });
});
