import { describe, expect, it } from "vitest";
import { reportTask, tasksOfProfile, type VitestReport, verdict } from "../test-report.ts";

const task = { project: "core", target: "test", status: "success" };

function vitestReport(...statuses: string[]): VitestReport {
  const assertionResults = statuses.map((status, index) => ({ fullName: `case ${index}`, status }));
  return { testResults: [{ name: "a.test.ts", status: "passed", message: "", assertionResults }] };
}

describe("reportTask", () => {
  it("counts tests one by one, and names failed and skipped tests", () => {
    const report = reportTask(
      { ...task, status: "failure" },
      vitestReport("passed", "failed", "skipped", "todo"),
    );
    expect(report).toEqual({
      task: "core:test",
      passed: 1,
      failures: ["core:test case 1"],
      leftOut: ["core:test case 2", "core:test case 3"],
    });
  });

  it("counts a file that could not be loaded", () => {
    const file = { name: "b.test.ts", status: "failed", message: "no such module", assertionResults: [] };
    const report = reportTask({ ...task, status: "failure" }, { testResults: [file] });
    expect(report.failures).toEqual(["core:test b.test.ts: no such module"]);
  });

  it("counts a failure outside of tests", () => {
    expect(reportTask({ ...task, status: "failure" }, vitestReport("passed")).failures).toHaveLength(1);
    expect(reportTask({ ...task, status: "failure" }, undefined).failures).toHaveLength(1);
    expect(reportTask({ ...task, target: "lint", status: "failure" }, undefined).failures).toEqual([
      "core:lint failed",
    ]);
  });

  it("counts tasks without a report and skipped tasks as failures", () => {
    expect(reportTask(task, undefined).failures).toEqual(["core:test wrote no report"]);
    expect(reportTask({ ...task, status: "skipped" }, undefined).failures).toHaveLength(1);
  });

  it("counts cached results like new ones", () => {
    expect(reportTask({ ...task, status: "local-cache" }, vitestReport("passed")).passed).toBe(1);
  });
});

describe("verdict", () => {
  const good = reportTask(task, vitestReport("passed"));

  it("is silent if all tests passed", () => {
    expect(verdict([good], 0, true)).toBeUndefined();
  });

  it("objects to a failure, to no tests at all, and to Nx's own failure", () => {
    expect(verdict([good, reportTask({ ...task, status: "failure" }, undefined)], 1, false)).toBeDefined();
    expect(verdict([], 0, false)).toBe("No test was run.");
    expect(verdict([good], 1, false)).toContain("exit code 1");
  });

  it("objects to skipped tests on CI only", () => {
    const partial = reportTask(task, vitestReport("passed", "skipped"));
    expect(verdict([partial], 0, true)).toContain("skipped");
    expect(verdict([partial], 0, false)).toBeUndefined();
  });
});

describe("tasksOfProfile", () => {
  it("reads the tasks and ignores other entries", () => {
    const profile = [
      { name: "thread_name", args: { name: "Group #1" } },
      { name: "core:test", args: { target: { project: "core", target: "test" }, status: "success" } },
    ];
    expect(tasksOfProfile(profile)).toEqual([task]);
  });
});
