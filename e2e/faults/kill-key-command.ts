import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runHexuser } from "../run-hexuser.ts";
import { type Setting, writeConfig } from "../setting.ts";

/** A system call of a command: its number among the calls of its name in the main thread. */
export interface KillPoint {
  readonly name: string;
  readonly nth: number;
}

/** A command that makes a key, and what is there before it. */
export interface KeyCommand {
  readonly args: readonly string[];
  /** The arguments of the call after the kill. */
  readonly again?: readonly string[];
  /** The name of the keys that the command is about. */
  readonly name: string;
  /** Who has the old key: the machine's backend, or the file `key`. */
  readonly holder?: "backend" | "file";
}

export const keyCommands: Readonly<Record<string, KeyCommand>> = {
  "key rotate into a file": {
    args: ["key", "rotate", "ci", "--output", "key", "--force"],
    name: "ci",
    holder: "file",
  },
  "key rotate of the key that the machine keeps": {
    args: ["key", "rotate", "ci", "--output", "key", "--force"],
    name: "ci",
    holder: "backend",
  },
  "key generate into a file": {
    args: ["key", "generate", "new", "--permission", "api", "--output", "key"],
    again: ["key", "generate", "new", "--permission", "api", "--output", "key", "--force"],
    name: "new",
  },
};

const traced =
  "openat,pwrite64,fsync,fdatasync,ftruncate,rename,link,unlink,write,writev,connect,fchmod,epoll_wait,epoll_pwait";
/** One thread makes all blocking calls, so that they can be counted. */
const env = { UV_THREADPOOL_SIZE: "1" };

/** Lists the points in the main thread at which the command can die, from its first use of the journal to its end. */
export async function findKillPoints(setting: Setting, command: KeyCommand): Promise<readonly KillPoint[]> {
  const signer = prepare(setting, command);
  const log = join(setting.machine.home, "trace");
  const through = ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-o", log, "-e", `trace=${traced}`];
  await runHexuser(command.args, {
    machine: setting.machine,
    through: [...through, "-e", "signal=none"],
    env: { ...env, HEX_API_KEY: signer },
  });
  const counts = new Map<string, number>();
  const points: KillPoint[] = [];
  let main = "";
  let hasBegun = false;
  for (const line of readFileSync(log, "utf8").split("\n")) {
    const [, thread = "", name = ""] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    main ||= thread;
    if (name === "" || thread !== main) continue;
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    hasBegun ||= line.includes("/hexuser/keys");
    if (hasBegun) points.push({ name, nth });
  }
  return points;
}

/**
 * Kills the command at a point, looks whether everybody has a key that works, runs it again, and looks whether each key
 * that is left is known to somebody or was reported. Returns what is wrong.
 */
export async function killAt(setting: Setting, command: KeyCommand, { name, nth }: KillPoint) {
  const { machine } = setting;
  const signer = prepare(setting, command);
  const kill = [
    "-e",
    `trace=${name}`,
    "-e",
    "signal=none",
    "-e",
    `inject=${name}:signal=SIGKILL:when=${nth}`,
  ];
  const killed = await runHexuser(command.args, {
    machine,
    through: ["strace", "-f", "-qq", "-o", "/dev/null", ...kill],
    env: { ...env, HEX_API_KEY: signer },
    limit: 180_000,
  });
  const wrong = await lookForDeadKeys(setting, command, "after the kill");
  const again = await runHexuser(command.again ?? command.args, { machine, env: { HEX_API_KEY: signer } });
  wrong.push(...(await lookForDeadKeys(setting, command, "after the next call")));
  if (again.code !== 0 && !/There is no key “ci”/.test(again.stderr))
    wrong.push(`the next call ended with ${again.code}: ${again.stderr}`);
  const known = await Promise.all(secretsOf(setting).map((secret) => nameOf(setting, secret)));
  for (const left of await keyNames(setting, signer ?? keptKey(setting)))
    if (!known.includes(left) && left !== "signer" && !isReported(left, killed.stderr + again.stderr))
      wrong.push(`nobody knows the key ${left}: ${again.stderr}`);
  return { isKilled: killed.signal === "SIGKILL" || killed.code === 137, wrong };
}

/** Whether a call has told that it made the key, or that an earlier call may have made it. */
function isReported(name: string, told: string): boolean {
  return told.includes(`The key ${name} was made.`) || told.includes(`“${name}”`);
}

/** Starts again with a new account, on a machine without a journal. Returns the key that signs from the environment. */
function prepare(setting: Setting, { name, holder }: KeyCommand): string | undefined {
  const { registry, machine } = setting;
  const { username } = setting.account;
  rmSync(join(machine.home, ".local"), { recursive: true, force: true });
  rmSync(join(machine.home, "key"), { force: true });
  rmSync(machine.hexHome, { recursive: true, force: true });
  const makeKey = (key: string) =>
    registry.control.createKey({ username, name: key, permissions: [{ domain: "api" }] }).secret;
  const old = holder === undefined ? undefined : makeKey(name);
  if (holder === "backend") {
    writeConfig(machine, `{api_key,<<"${old}">>}.\n{api_url,<<"${registry.apiUrl}">>}.\n`);
    return undefined;
  }
  if (old !== undefined) writeFileSync(join(machine.home, "key"), `${old}\n`, { mode: 0o600 });
  return makeKey("signer");
}

async function lookForDeadKeys(setting: Setting, { holder }: KeyCommand, when: string): Promise<string[]> {
  const kept = holder === "backend" ? [keptKey(setting)] : [];
  const received = holder === "file" ? [receivedKey(setting)] : [];
  const names = await Promise.all([...kept, ...received].map((secret) => nameOf(setting, secret)));
  return names.includes(undefined) ? [`a holder has no key that works ${when}`] : [];
}

function secretsOf(setting: Setting): (string | undefined)[] {
  return [keptKey(setting), receivedKey(setting)];
}

function keptKey({ machine }: Setting): string | undefined {
  return existsSync(machine.configPath)
    ? /api_key,\s*<<"(\w+)">>/.exec(readFileSync(machine.configPath, "utf8"))?.[1]
    : undefined;
}

function receivedKey({ machine }: Setting): string | undefined {
  const path = join(machine.home, "key");
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

interface ListedKey {
  readonly name: string;
  readonly authing_key: boolean;
}

async function listKeys({ registry }: Setting, secret: string | undefined): Promise<readonly ListedKey[]> {
  const headers = { authorization: secret ?? "none", accept: "application/json", "user-agent": "e2e" };
  const answer = await fetch(`${registry.apiUrl}/keys`, { headers });
  return answer.ok ? ((await answer.json()) as ListedKey[]) : [];
}

async function nameOf(setting: Setting, secret: string | undefined): Promise<string | undefined> {
  return (await listKeys(setting, secret)).find((key) => key.authing_key)?.name;
}

async function keyNames(setting: Setting, secret: string | undefined): Promise<string[]> {
  return (await listKeys(setting, secret)).map(({ name }) => name);
}
