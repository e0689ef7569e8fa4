import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { type Ended, runHexuser } from "../run-hexuser.ts";
import { type Setting, writeConfig } from "../setting.ts";

/** A system call of a refresh: the how-manieth of its name it is in its thread, or with its file alone. */
export interface TracedCall {
  readonly name: string;
  readonly nth: number;
  /** The file that it touches in the directory of the credentials; "" for other files. */
  readonly file: string;
  /** The file whose calls alone are counted, since the thread is not the main one. */
  readonly path?: string | undefined;
}

/** The replacement of a call: an error, or the end of the process. */
export type Fault = "ENOSPC" | "EIO" | "EROFS" | "EBUSY" | "EDQUOT" | "KILL";

export interface Outcome {
  readonly ended: Ended;
  /** Whether the fault hit a call that touches the directory of the credentials, or killed the process. */
  readonly isHit: boolean;
  /** How often the registry gave new tokens. */
  readonly refreshes: number;
  /** Whether the next command is still signed in. */
  readonly survives: boolean;
  /** Whether tokens had been given, and the process was killed before it wrote any of them. */
  readonly isTooEarly: boolean;
}

const ofFiles =
  "openat,read,pread64,pwrite64,fsync,fdatasync,ftruncate,rename,unlink,fchmod,mkdir,close,fcntl,getdents64,access,stat,lstat,fstat,newfstatat,statx";
const ofTheRest = "write,writev,socket,connect,sendto,recvfrom,epoll_wait,epoll_pwait,mmap,munmap,mprotect";
/** One thread makes the calls that may block, so that they can be counted. */
const env = { UV_THREADPOOL_SIZE: "1" };

/** Leaves a session in the file, as mix hex does, whose access token has so many seconds left. */
export function leaveSession({ registry, machine, account }: Setting, secondsLeft: number): void {
  const { accessToken, refreshToken } = registry.control.openSession({
    username: account.username,
    accessTokenLifetime: Math.max(0, secondsLeft),
  });
  const expiresAt = Math.floor(Date.now() / 1000) + secondsLeft;
  writeConfig(
    machine,
    `{'$oauth_token',#{<<"access_token">> => <<"${accessToken}">>,<<"expires_at">> => ${expiresAt},` +
      `<<"refresh_token">> => <<"${refreshToken}">>}}.\n{api_url,<<"${registry.apiUrl}">>}.\n`,
  );
  registry.control.clearRequests();
}

/** How often the registry was asked for new tokens since the session was left there. */
export function countRefreshes({ registry }: Setting): number {
  return registry.control.requests().counts["POST /api/oauth/token"] ?? 0;
}

/**
 * Lists the calls that a refresh makes from the moment at which it opens the lock, in their order.
 *
 * @param files whether only those count that touch the directory of the credentials; then those before it count as well
 */
export async function traceRefresh(setting: Setting, files: boolean): Promise<readonly TracedCall[]> {
  leaveSession(setting, -10);
  const { machine } = setting;
  const log = join(machine.home, "trace");
  const through = strace(log, files ? ofFiles : `${ofFiles},${ofTheRest}`);
  await runHexuser(["whoami"], { machine, env, through });
  const counts = new Map<string, number>();
  const found: TracedCall[] = [];
  let hasBegun = files;
  let main = "";
  for (const line of readFileSync(log, "utf8").split("\n")) {
    const [, thread = "", name = ""] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (name === "") continue;
    main ||= thread;
    const path = new RegExp(`${machine.hexHome}[^">]*(?=[">])`).exec(line)?.[0];
    const isMain = thread === main;
    if (!isMain && path === undefined) continue;
    hasBegun ||= path !== undefined;
    const counted = `${isMain ? "" : path} ${name}`;
    const nth = (counts.get(counted) ?? 0) + 1;
    counts.set(counted, nth);
    if (!hasBegun || (files && path === undefined)) continue;
    const file = path === undefined ? "" : nameOf(path, machine.hexHome);
    found.push({ name, nth, file, ...(isMain ? {} : { path }) });
  }
  return found;
}

/** Refreshes an expired session while a call fails or the process is killed at it, and looks what is left. */
export async function refreshUnderFault(
  setting: Setting,
  { name, nth, path }: Pick<TracedCall, "name" | "nth" | "path">,
  fault: Fault,
): Promise<Outcome> {
  const { machine, account } = setting;
  const reserve = join(machine.hexHome, ".hex.config.hexuser-reserve");
  rmSync(reserve, { force: true });
  leaveSession(setting, -10);
  const log = join(machine.home, "trace");
  const what = fault === "KILL" ? "signal=SIGKILL" : `error=${fault}`;
  const through = [
    ...strace(log, name, fault === "KILL"),
    ...(path === undefined ? [] : ["-P", path]),
    "-e",
    `inject=${name}:${what}:when=${nth}`,
  ];
  const ended = await runHexuser(["whoami"], { machine, env, through, limit: 180_000 });
  const refreshes = countRefreshes(setting);
  const isKilled = ended.signal === "SIGKILL" || ended.code === 137;
  const isHit =
    fault === "KILL"
      ? isKilled
      : readFileSync(log, "utf8")
          .split("\n")
          .some((line) => line.includes("(INJECTED)") && line.includes(machine.hexHome));
  const isTooEarly =
    isKilled && refreshes === 1 && existsSync(reserve) && readFileSync(reserve, "utf8").trim() === "";
  const next = await runHexuser(["whoami"], { machine });
  return { ended, isHit, refreshes, survives: next.stdout === `${account.username}\n`, isTooEarly };
}

/** The name of a file, without what is random in it. */
function nameOf(path: string, directory: string): string {
  return path === directory ? "." : basename(path).replace(/\d+\.[0-9a-f]{12}(?=\.tmp$)/, "…");
}

/**
 * Other calls than these don't stop the process, which is what makes tracing slow; strace doesn't send a signal at
 * those that do so, however.
 */
function strace(log: string, calls: string, isToKill = false): readonly string[] {
  const options = ["-f", ...(isToKill ? [] : ["--seccomp-bpf"]), "-qq", "-y", "-o", log];
  return ["strace", ...options, "-e", `trace=${calls}`, "-e", "signal=none"];
}
