import { readdirSync, readFileSync } from "node:fs";

/** Watches what other users and other programs can see of processes. */
export interface ProcessWatch {
  /** Stops, and returns the arguments and the environment of every process that it saw. */
  stop(): readonly string[];
}

const pause = 2;

/** Reads a process and its descendants through /proc (Linux) until it's stopped. */
export function watchProcesses(root: number): ProcessWatch {
  const seen = new Set<string>();
  const timer = setInterval(() => look(root, seen), pause);
  look(root, seen);
  return {
    stop() {
      clearInterval(timer);
      return [...seen];
    },
  };
}

function look(root: number, seen: Set<string>): void {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), parentOf(Number(name))]),
  );
  for (const pid of parents.keys()) {
    if (!descends(pid, root, parents)) continue;
    for (const file of ["cmdline", "environ"]) {
      const text = read(`/proc/${pid}/${file}`);
      if (text !== "") seen.add(`${file}: ${text.replaceAll("\0", " ")}`);
    }
  }
}

function descends(pid: number, root: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
    if (at === root) return true;
  }
  return false;
}

/** The fourth field of /proc/PID/stat, counted after the name, which may contain spaces (proc(5)). */
function parentOf(pid: number): number {
  return Number(read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ")[1] ?? 0);
}

/** The process may have ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
