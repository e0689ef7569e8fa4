import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Ended, runHexuser } from "../run-hexuser.ts";
import { type Setting, writeConfig } from "../setting.ts";

/** A system call of a refresh that touches the directory of the credentials: the how-manieth of its name it is. */
export interface TracedCall {
  readonly name: string;
  readonly nth: number;
}

/** What happens instead of a call: an error, or the end of the process. */
export type Fault = "ENOSPC" | "EIO" | "EROFS" | "EBUSY" | "EDQUOT" | "KILL";

export interface Outcome {
  readonly ended: Ended;
  /** Whether the fault hit a call that touches the directory of the credentials. */
  readonly isHit: boolean;
  /** How often the registry gave new tokens. */
  readonly refreshes: number;
  /** Whether the next command is still signed in. */
  readonly survives: boolean;
}

const calls =
  "openat,read,pread64,write,pwrite64,fsync,fdatasync,ftruncate,rename,unlink,fchmod,mkdir,close,fcntl,getdents64";

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

/** Lists the calls that a refresh makes in the directory of the credentials, in their order. */
export async function traceRefresh(setting: Setting): Promise<readonly TracedCall[]> {
  leaveSession(setting, -10);
  const log = join(setting.machine.home, "trace");
  await runHexuser(["whoami"], { machine: setting.machine, through: strace(log) });
  const counts = new Map<string, number>();
  const found: TracedCall[] = [];
  for (const line of readFileSync(log, "utf8").split("\n")) {
    const [, thread = "", name = ""] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    const nth = (counts.get(`${thread} ${name}`) ?? 0) + 1;
    counts.set(`${thread} ${name}`, nth);
    // The first files that the main thread opens are the runtime's own.
    const isOtherThreads = ["openat", "close"].includes(name) && nth < 100;
    if (name !== "" && !isOtherThreads && line.includes(setting.machine.hexHome)) found.push({ name, nth });
  }
  return found;
}

/** Refreshes an expired session while a call fails or the process is killed at it, and looks what is left. */
export async function refreshUnderFault(
  setting: Setting,
  { name, nth }: TracedCall,
  fault: Fault,
): Promise<Outcome> {
  leaveSession(setting, -10);
  const { machine, account } = setting;
  const log = join(machine.home, "trace");
  const what = fault === "KILL" ? "signal=SIGKILL" : `error=${fault}`;
  const through = [...strace(log), "-e", `inject=${name}:${what}:when=${nth}`];
  const ended = await runHexuser(["whoami"], { machine, through, limit: 180_000 });
  const refreshes = countRefreshes(setting);
  const isHit =
    fault === "KILL"
      ? ended.signal === "SIGKILL" || ended.code === 137
      : readFileSync(log, "utf8")
          .split("\n")
          .some((line) => line.includes("(INJECTED)") && line.includes(machine.hexHome));
  const next = await runHexuser(["whoami"], { machine });
  return { ended, isHit, refreshes, survives: next.stdout === `${account.username}\n` };
}

function strace(log: string): readonly string[] {
  return ["strace", "-f", "-qq", "-y", "-o", log, "-e", `trace=${calls}`, "-e", "signal=none"];
}
