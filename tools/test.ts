// `npm test` builds, type-checks, lints and tests every project. Its last line tells how many tests
// passed and failed. Cached results of Nx count like new ones.
import { globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runNx } from "./run-nx.ts";
import { reportTask, type TaskReport, tasksOfProfile, testTargets, verdict } from "./test-report.ts";
import { workspaceRoot } from "./workspace.ts";

const targets = ["build", "typecheck", "lint", ...testTargets];
const profile = ".results/nx-profile.json";

for (const results of globSync(["{packages/*,e2e,tools}/.results", ".results"], { cwd: workspaceRoot })) {
  rmSync(join(workspaceRoot, results), { recursive: true, force: true });
}
const { code } = await runNx(
  ["run-many", "-t", targets.join(","), "--nxBail=false", "--outputStyle=static"],
  {
    env: { NX_PROFILE: profile },
  },
);
const roots = new Map(projectRoots().map(({ name, root }) => [name, root]));
const reports = tasksOfProfile(readJson(profile) ?? []).map((task) =>
  reportTask(
    task,
    readJson(join(roots.get(task.project) ?? "", ".results/vitest.json")) as Parameters<typeof reportTask>[1],
  ),
);
const problem = verdict(reports, code, isOn(process.env.CI));
print(reports, problem);
process.exit(problem === undefined ? 0 : 1);

function print(reports: readonly TaskReport[], problem: string | undefined): void {
  const failures = reports.flatMap(({ failures }) => failures);
  const leftOut = reports.flatMap(({ leftOut }) => leftOut);
  const passed = reports.reduce((sum, report) => sum + report.passed, 0);
  for (const report of reports.filter(({ passed }) => passed > 0)) {
    console.log(`${report.task}: ${report.passed} passed, ${report.failures.length} failed`);
  }
  printList("Left out:", leftOut);
  printList("Failed:", failures);
  if (problem !== undefined) console.log(`\n${problem}`);
  const uncounted = problem !== undefined && failures.length === 0 ? 1 : 0;
  console.log(`\n${passed} passed, ${failures.length + uncounted} failed`);
}

function printList(title: string, lines: readonly string[]): void {
  if (lines.length > 0) console.log(`\n${title}\n${lines.map((line) => `  ${line}`).join("\n")}`);
}

function projectRoots(): { name: string; root: string }[] {
  return globSync("{packages/*,e2e,tools}/{package,project}.json", { cwd: workspaceRoot }).map((file) => ({
    name: (readJson(file) as { name: string }).name,
    root: join(file, ".."),
  }));
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(join(workspaceRoot, file), "utf8"));
  } catch {
    return undefined;
  }
}

function isOn(variable: string | undefined): boolean {
  return variable !== undefined && !["", "0", "false"].includes(variable.toLowerCase());
}
