import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

const run = promisify(execFile);

/** The programs that the tests of the keychain run. */
export const secretServiceCommands = [
  "dbus-daemon",
  "dbus-send",
  "gnome-keyring-daemon",
  "secret-tool",
] as const;

/** A D-Bus session in its own home directory. */
export interface Session {
  readonly home: string;
  /** The environment of a program in this session. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A session with a real, unlocked gnome-keyring. */
export interface SecretService extends Session {
  lock(): Promise<void>;
  /** Returns the output of secret-tool for the items of the service. */
  items(): Promise<string>;
  /** Removes the items with this attribute, or else those of hexuser. */
  clear(attribute?: string, value?: string): Promise<void>;
}

/**
 * Starts a bus.
 *
 * @param services the command that the bus starts for each name
 */
export async function startSession(services: Readonly<Record<string, string>> = {}): Promise<Session> {
  const home = await mkdtemp(join(tmpdir(), "hexuser-session-"));
  const runtime = join(home, "run");
  await mkdir(join(home, "services"));
  await mkdir(runtime, { mode: 0o700 });
  for (const [name, command] of Object.entries(services)) {
    const text = `[D-BUS Service]\nName=${name}\nExec=${command}\n`;
    await writeFile(join(home, "services", `${name}.service`), text);
  }
  const config = join(home, "bus.conf");
  await writeFile(config, busConfig(home));
  const base = {
    PATH: process.env.PATH ?? "",
    HOME: home,
    XDG_RUNTIME_DIR: runtime,
    XDG_DATA_HOME: join(home, "data"),
    XDG_CACHE_HOME: join(home, "cache"),
    XDG_CONFIG_HOME: join(home, "config"),
  };
  const bus = spawn("dbus-daemon", ["--nofork", "--print-address=1", `--config-file=${config}`], {
    env: base,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const address = await firstLine(bus);
  return {
    home,
    env: { ...base, DBUS_SESSION_BUS_ADDRESS: address },
    async stop() {
      await end(bus);
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Starts a session that ends with the test. */
export async function sessionForTest(services: Readonly<Record<string, string>> = {}): Promise<Session> {
  const session = await startSession(services);
  onTestFinished(() => session.stop());
  return session;
}

/** @param prompter the command that shows the windows in which the person unlocks the keyring */
export async function startSecretService(prompter = "/bin/false"): Promise<SecretService> {
  const session = await startSession({ "org.gnome.keyring.SystemPrompter": prompter });
  const { env, home } = session;
  const control = join(env.XDG_RUNTIME_DIR ?? home, "keyring");
  const daemon = spawn(
    "gnome-keyring-daemon",
    ["--foreground", "--unlock", "--components=secrets", `--control-directory=${control}`],
    { env, stdio: ["pipe", "ignore", "ignore"] },
  );
  daemon.stdin.end("keyring password");
  const search = async () =>
    (await run("secret-tool", ["search", "--all", "service", "hexuser"], { env })).stdout;
  const service: SecretService = {
    ...session,
    items: search,
    clear: async (attribute = "service", value = "hexuser") => {
      await run("secret-tool", ["clear", attribute, value], { env }).catch(() => undefined);
    },
    async lock() {
      await call(env, "org.freedesktop.Secret.Service.Lock", `array:objpath:${collection}`);
    },
    async stop() {
      await end(daemon);
      await session.stop();
    },
  };
  // The keyring creates the collection after it has its name on the bus.
  const isUp = () =>
    call(env, "org.freedesktop.Secret.Service.ReadAlias", "string:default").then(
      (reply) => reply.includes(collection),
      () => false,
    );
  for (let tries = 0; tries < 400 && !(await isUp()); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return service;
}

const collection = "/org/freedesktop/secrets/collection/login";

async function call(
  env: Readonly<Record<string, string>>,
  method: string,
  ...parameters: string[]
): Promise<string> {
  const target = ["--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"];
  return (await run("dbus-send", [...target, method, ...parameters], { env })).stdout;
}

/** The limits are those of a real session bus: the defaults, for the system's bus, allow a user 256 connections. */
function busConfig(home: string): string {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=${home}</listen>
  <servicedir>${join(home, "services")}</servicedir>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="max_completed_connections">100000</limit>
  <limit name="max_connections_per_user">100000</limit>
</busconfig>
`;
}

async function firstLine(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  for await (const line of lines) {
    return line;
  }
  throw new Error("it ended before it said anything");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), 2000);
  await ended;
  clearTimeout(hard);
}
