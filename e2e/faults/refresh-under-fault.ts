import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { type Ended, runHexuser } from "../run-hexuser.ts";
import { type Setting, writeConfig } from "../setting.ts";

/** A system call of a refresh: its number among the calls of its name in its thread, or among those with its file. */
export interface TracedCall {
  readonly name: string;
  readonly nth: number;
  /** The touched file in the directory of the credentials, or "" for other files. */
  readonly file: string;
  /** The file whose calls are counted. It's given if the thread isn't the main one. */
  readonly path?: string | undefined;
}

/** The replacement of a call: an error, or the end of the process. */
export type Fault = "ENOSPC" | "EIO" | "EROFS" | "EBUSY" | "EDQUOT" | "KILL";

export interface Outcome {
  readonly ended: Ended;
  /** The fault hit a call that touches the directory of the credentials, or killed the process. */
  readonly isHit: boolean;
  /** How often the registry issued new tokens. */
  readonly refreshes: number;
  /** The next command is still signed in. */
  readonly survives: boolean;
  /** The registry had issued tokens, and the process was killed before it wrote any of them. */
  readonly isTooEarly: boolean;
}

const ofFiles =
  "openat,read,pread64,pwrite64,fsync,fdatasync,ftruncate,rename,unlink,fchmod,mkdir,close,fcntl,getdents64,access,stat,lstat,fstat,newfstatat,statx";
const ofTheRest = "write,writev,socket,connect,sendto,recvfrom,epoll_wait,epoll_pwait,mmap,munmap,mprotect";
/** One thread makes all blocking calls, so that they can be counted. */
const env = { UV_THREADPOOL_SIZE: "1" };

/** Stores a session in the file, as mix hex does. Its access token expires in that many seconds. */
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

/** Counts the requests for new tokens since the session was stored. */
export function countRefreshes({ registry }: Setting): number {
  return registry.control.requests().counts["POST /api/oauth/token"] ?? 0;
}

/**
 * Lists the calls of a refresh in their order, from the moment when it opens the lock.
 *
 * @param files lists only calls that touch the directory of the credentials, and includes those before the lock
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

/** Refreshes an expired session while a call fails or the process is killed at it, and checks what remains. */
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

/** The name of a file, without its random part. */
function nameOf(path: string, directory: string): string {
  return path === directory ? "." : basename(path).replace(/\d+\.[0-9a-f]{12}(?=\.tmp$)/, "…");
}

/**
 * `--seccomp-bpf` makes tracing fast, because only these calls stop the process. But with it, strace sends no signals.
 */
function strace(log: string, calls: string, isToKill = false): readonly string[] {
  const options = ["-f", ...(isToKill ? [] : ["--seccomp-bpf"]), "-qq", "-y", "-o", log];
  return ["strace", ...options, "-e", `trace=${calls}`, "-e", "signal=none"];
}
