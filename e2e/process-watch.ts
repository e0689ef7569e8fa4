import { readdirSync, readFileSync } from "node:fs";

/** The details of processes that other users and other programs can see. */
export interface ProcessWatch {
  /** Stops, and gives the arguments and the environment of every process that was seen. */
  stop(): readonly string[];
}

const pause = 2;

/** Looks at a process and all that it starts, again and again, through /proc (Linux). */
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

/** The fourth field of /proc/PID/stat, counted after the name, which may hold spaces (proc(5)). */
function parentOf(pid: number): number {
  return Number(read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ")[1] ?? 0);
}

/** A process may end while it is looked at. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
