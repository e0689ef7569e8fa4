/** A task of Nx and how it ended, from the profile that Nx writes. */
export interface TaskResult {
  readonly project: string;
  readonly target: string;
  readonly status: string;
}

/** The part of Vitest's JSON report that we read. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** The result of a task. */
export interface TaskReport {
  readonly task: string;
  readonly passed: number;
  readonly failures: readonly string[];
  /** Tests that were not run; their titles say why. */
  readonly leftOut: readonly string[];
}

/** The targets whose tasks write a report of Vitest. */
export const testTargets: readonly string[] = ["test", "e2e"];

const succeeded = new Set(["success", "local-cache", "local-cache-kept-existing", "remote-cache"]);

/** Reads the tasks from the profile that Nx writes when `NX_PROFILE` is set. */
export function tasksOfProfile(profile: unknown): TaskResult[] {
  const events = profile as { args?: { target?: { project: string; target: string }; status?: string } }[];
  return events.flatMap(({ args }) =>
    args?.target && args.status ? [{ ...args.target, status: args.status }] : [],
  );
}

/**
 * Returns the result of a task. Tests count one by one; any other task counts only if it failed.
 * `report` is Vitest's report, if there is one.
 */
export function reportTask(task: TaskResult, report: VitestReport | undefined): TaskReport {
  const name = `${task.project}:${task.target}`;
  const ok = succeeded.has(task.status);
  if (task.status === "skipped") {
    return {
      task: name,
      passed: 0,
      failures: [`${name} was not run, because a task that it needs failed`],
      leftOut: [],
    };
  }
  if (!testTargets.includes(task.target) || report === undefined) {
    const missing = ok && testTargets.includes(task.target);
    const failures = missing ? [`${name} wrote no report`] : ok ? [] : [`${name} failed`];
    return { task: name, passed: 0, failures, leftOut: [] };
  }
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const failures = report.testResults.flatMap((file) => {
    const failed = file.assertionResults.filter(({ status }) => status === "failed");
    if (failed.length > 0) return failed.map(({ fullName }) => `${name} ${fullName}`);
    return file.status === "failed" ? [`${name} ${file.name}: ${file.message}`] : [];
  });
  if (!ok && failures.length === 0) failures.push(`${name} failed outside its tests`);
  return {
    task: name,
    passed: tests.filter(({ status }) => status === "passed").length,
    failures,
    leftOut: tests
      .filter(({ status }) => status !== "passed" && status !== "failed")
      .map(({ fullName }) => `${name} ${fullName}`),
  };
}

/**
 * Tells why the whole run didn't pass, or returns `undefined` if it passed. On CI no test may be skipped, because
 * everything that tests need can be installed there.
 */
export function verdict(reports: readonly TaskReport[], nxCode: number, ci: boolean): string | undefined {
  const passed = reports.reduce((sum, { passed }) => sum + passed, 0);
  const failed = reports.reduce((sum, { failures }) => sum + failures.length, 0);
  const leftOut = reports.reduce((sum, { leftOut }) => sum + leftOut.length, 0);
  if (failed > 0) return "Something failed.";
  if (nxCode !== 0) return `Nx ended with exit code ${nxCode}.`;
  if (passed === 0) return "No test was run.";
  if (ci && leftOut > 0) return "Tests were skipped, and on CI all tests must run.";
  return undefined;
}
