import { readFileSync, writeFileSync } from "node:fs";
import { describeWith } from "@hexuser/credentials/test/requirements";
import { findTestedBackends, type RunningStore } from "@hexuser/credentials/test/test-stores";
import { operations } from "hexuser/operations";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { backendCommands } from "../outcomes/backend-commands.ts";
import { bothKinds, startRegistry, type TestRegistry } from "../registry.ts";
import { runHexuser, startHexuser } from "../run-hexuser.ts";
import { createSetting, localPassword, type Setting, signIn, signInWithKey } from "../setting.ts";
import { openTerminal } from "../terminal.ts";

const registries = new Map<string, TestRegistry>();
beforeAll(async () => {
  for (const kind of bothKinds) registries.set(kind, await startRegistry(kind));
});
afterAll(async () => {
  for (const registry of registries.values()) await registry.close();
});

let setting: Setting;
const enter = async (kind: string) => {
  setting = await createSetting(registries.get(kind) as TestRegistry);
};
// The table itself needs no store.
afterEach(() => setting?.machine.remove());

/** A sign-in at one of several registries. */
interface Signed {
  readonly origin: string;
  readonly apiUrl: string;
  readonly username: string;
  readonly password: string;
}

/** Milliseconds. Each command of a life may have to wait for a store on a busy machine. */
const longest = { timeout: 180_000 };

const run = (args: readonly string[], env: Readonly<Record<string, string>>, stdin = "") =>
  runHexuser(args, { machine: setting.machine, env, stdin });

/** Signs in as the registry of this setting allows, without a local password. Returns the output. */
async function signInTo(backend: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { account, isClassic, registry } = setting;
  const args = ["auth", "--backend", backend];
  if (isClassic) {
    const password = ["--username", account.username, "--password-stdin"];
    const { code, stderr, stdout } = await run([...args, ...password], env, `${account.password}\n`);
    expect(code, stderr).toBe(0);
    return stdout;
  }
  const running = startHexuser([...args, "--method", "device", "--no-browser"], {
    machine: setting.machine,
    env,
  });
  const [code] = await running.told(/\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/);
  registry.control.approveDevice(code.replace("-", ""), { username: account.username });
  const ended = await running.ended;
  expect(ended.code, ended.stderr).toBe(0);
  return ended.stdout;
}

/** Evaluates which variables lines for a POSIX shell set and unset. */
function evaluate(lines: string, env: Readonly<Record<string, string>>): Record<string, string> {
  const changed = { ...env };
  for (const line of lines.split("\n")) {
    const [, name = "", value = ""] = /^export (\w+)='(.*)'$/.exec(line) ?? [];
    if (name !== "") changed[name] = value;
    delete changed[/^unset (\w+)$/.exec(line)?.[1] ?? ""];
  }
  return changed;
}

/** Runs the smaller table of commands, one after the other. */
async function runCommands(backend: string, surroundings: Readonly<Record<string, string>>): Promise<void> {
  let env: Record<string, string> = { ...surroundings, HEXUSER_BACKEND: backend };
  for (const command of backendCommands) {
    if (command === "sign in") {
      env = evaluate(await signInTo(backend, env), env);
      continue;
    }
    const args = command.args(setting);
    const ended = await run(args, env, command.stdin?.(setting));
    const shown = `${args.join(" ")}\n${ended.stderr}`;
    const { exitCode = 0, stdout, stderr } = command;
    expect(ended.code, shown).toBe(typeof exitCode === "function" ? exitCode(setting) : exitCode);
    if (typeof stdout === "function") expect(ended.stdout, shown).toBe(stdout(setting));
    else if (stdout !== undefined) expect(ended.stdout, shown).toMatch(stdout);
    if (stderr !== undefined) expect(ended.stderr, shown).toMatch(stderr);
    if (command.id === "deauth") env = evaluate(ended.stdout, env);
  }
}

it("the table of commands has all of them", () => {
  const ids = backendCommands.map((command) => (command === "sign in" ? "auth" : command.id));
  expect(new Set(ids)).toEqual(new Set(operations.map(({ id }) => id)));
});

const tested = await findTestedBackends();

describe.each(tested)("the backend $backend", ({ backend, kind, commands, store }) => {
  const isFirst = tested.find((other) => other.store === store)?.backend === backend;

  describeWith(...commands)("with its store", () => {
    let running: RunningStore;
    beforeAll(async () => {
      running = await store.start();
    });
    afterAll(() => running.stop());
    beforeEach(() => running.clear());

    it.each(isFirst ? bothKinds : bothKinds.slice(0, 1))(
      "lets every command do its work on %s, and leaves no file of secrets",
      longest,
      async (registryKind) => {
        await enter(registryKind);
        await runCommands(backend, running.env);
        expect(() => readFileSync(setting.machine.configPath)).toThrow("ENOENT");
      },
    );

    if (!isFirst || !kind.canKeep) return;

    it("takes the credentials from the file, and returns them", longest, async () => {
      await enter("classic-2021");
      const { account, machine } = setting;
      const { env } = running;
      await signIn(setting);
      const before = readFileSync(machine.configPath, "utf8");
      const wrong = await run(["backend", "move", "--to", backend, "--local-password-stdin"], env, "wrong\n");
      expect(wrong.code).toBe(4);
      expect(readFileSync(machine.configPath, "utf8")).toBe(before);
      const there = await run(
        ["backend", "move", "--to", backend, "--local-password-stdin"],
        env,
        `${localPassword}\n`,
      );
      expect(there, there.stderr).toMatchObject({ code: 0 });
      expect(readFileSync(machine.configPath, "utf8")).not.toContain("write_key");
      expect((await run(["whoami"], env)).stdout).toBe(`${account.username}\n`);
      expect((await run(["backend", "list"], env)).stdout).toMatch(
        new RegExp(`^${backend} +yes .* yes$`, "m"),
      );
      const back = await run(
        ["backend", "move", "--to", "file", "--local-password-stdin"],
        env,
        "another password\n",
      );
      expect(back, back.stderr).toMatchObject({ code: 0 });
      expect((await run(["deauth", "--local-password-stdin"], env, "another password\n")).stderr).toContain(
        "Keys revoked",
      );
    });
  });
});

describe("a backend that hexuser can't reach", () => {
  it("is not replaced by a file if hexuser can't reach it", async () => {
    await enter("current-basic-off");
    const refused = await run(["auth", "--with-key", "--backend", "keychain"], {}, "key\n");
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain("To fix:");
    expect(() => readFileSync(setting.machine.configPath)).toThrow("ENOENT");
    expect((await run(["backend", "use", "keychain"], {})).code).toBe(5);
  });
});

const [pass] = tested.filter(({ backend }) => backend === "helper:pass");
describeWith(...(pass?.commands ?? []))("a move", () => {
  let store: RunningStore;
  beforeAll(async () => {
    store = (await pass?.store.start()) as RunningStore;
  });
  afterAll(() => store.stop());
  beforeEach(() => store.clear());

  it(
    "loses nothing when a move is killed at any point, and finishes when it is run again",
    longest,
    async () => {
      await enter("classic-2021");
      const { account, machine } = setting;
      const secret = await signInWithKey(setting);
      const whoami = async () => (await run(["whoami"], store.env)).stdout;
      const move = (to: string) => startHexuser(["backend", "move", "--to", to], { machine, env: store.env });
      const begin = performance.now();
      expect((await move("helper:pass").ended).code).toBe(0);
      const usual = performance.now() - begin;
      for (const part of [0.5, 0.75, 0.9]) {
        expect((await move("file").ended).code).toBe(0);
        const running = move("helper:pass");
        await Promise.race([running.ended, new Promise((resolve) => setTimeout(resolve, usual * part))]);
        running.kill("SIGKILL");
        await running.ended;
        expect(await whoami()).toBe(`${account.username}\n`);
        const again = await move("helper:pass").ended;
        expect(again.code, again.stderr).toBe(0);
        expect(await whoami()).toBe(`${account.username}\n`);
        expect(readFileSync(machine.configPath, "utf8")).not.toContain(secret);
      }
    },
  );

  it(
    "takes over the keys of two registries, each under a local password of its own, and the rest stays",
    longest,
    async () => {
      await enter("classic-2021");
      const { machine } = setting;
      const other = await startRegistry("classic-2021");
      try {
        const signInAt = async ({ apiUrl, createAccount }: TestRegistry, password: string) => {
          const { username, password: accountPassword } = await createAccount();
          const args = ["auth", "--api-url", apiUrl, "--username", username];
          const stdin = `${accountPassword}\n${password}\n`;
          const ended = await run([...args, "--password-stdin", "--local-password-stdin"], {}, stdin);
          expect(ended.code, ended.stderr).toBe(0);
          return { origin: new URL(apiUrl).origin, apiUrl, username, password };
        };
        const [first, second] = [
          await signInAt(registries.get("classic-2021") as TestRegistry, "first password"),
          await signInAt(other, "second password"),
        ].sort((a, b) => (a.origin < b.origin ? -1 : 1)) as [Signed, Signed];
        const organizations = '<<"hexpm:acme">> => #{auth_key => <<"b">>}';
        const before = readFileSync(machine.configPath, "utf8").replace(
          /(\{'\$repos',#\{)/,
          `$1${organizations},`,
        );
        writeFileSync(machine.configPath, before);
        const move = ["backend", "move", "--to", "helper:pass"];
        const half = await run(
          [...move, "--local-password-stdin", "--json"],
          store.env,
          `${first.password}\n`,
        );
        expect([half.code, JSON.parse(half.stdout).failure]).toEqual([
          4,
          expect.objectContaining({ message: expect.stringContaining(second.origin) }),
        ]);
        expect(readFileSync(machine.configPath, "utf8")).toBe(before);

        const terminal = openTerminal(move, { machine, env: store.env, columns: 200 });
        for (const { origin, password } of [first, second]) {
          await terminal.expect(`the key for ${origin}`);
          await terminal.expect("? Local password");
          terminal.type(`${password}\r`);
        }
        expect((await terminal.exit()).code, terminal.transcript()).toBe(0);
        const after = readFileSync(machine.configPath, "utf8");
        expect(after).not.toContain("write_key");
        expect(after).toContain(organizations);
        for (const { apiUrl, username } of [first, second]) {
          expect((await run(["whoami", "--api-url", apiUrl], store.env)).stdout).toBe(`${username}\n`);
        }
        const back = [...["backend", "move", "--to", "file"], "--local-password-stdin"];
        expect(await run(back, store.env, "both of them\n")).toMatchObject({ code: 0 });
        const again = await run([...move, "--local-password-stdin"], store.env, "wrong\nboth of them\n");
        expect(again, again.stderr).toMatchObject({ code: 0 });
      } finally {
        await other.close();
      }
    },
  );
});

describe("lines for a shell", () => {
  beforeEach(() => enter("classic-2021"));

  it("gets lines to evaluate, and nothing else on standard output", async () => {
    const { account } = setting;
    const args = [
      "auth",
      "--backend",
      "env",
      "--shell",
      "bash",
      "--username",
      account.username,
      "--password-stdin",
    ];
    const { stdout, code } = await run(args, {}, `${account.password}\n`);
    expect(code).toBe(0);
    const names = stdout
      .trim()
      .split("\n")
      .map((line) => /^export (\w+)=/.exec(line)?.[1]);
    expect(names).toEqual(["HEX_API_KEY", "HEX_REPOS_KEY"]);
    const env = Object.fromEntries(
      stdout
        .trim()
        .split("\n")
        .map((line) => /^export (\w+)='?([^']*)'?$/.exec(line)?.slice(1) ?? []),
    );
    expect((await run(["whoami", "--backend", "env"], env)).stdout).toBe(`${account.username}\n`);
    const unset = await run(["deauth", "--backend", "env", "--shell", "fish"], env);
    expect(unset.stdout).toBe("set -e HEX_API_KEY\nset -e HEX_REPOS_KEY\n");
  });

  it("sets the variables of rebar3 or Gleam if you ask for them", async () => {
    const { secret } = setting.registry.control.createKey({
      username: setting.account.username,
      name: "ci",
      permissions: [{ domain: "api" }],
    });
    const print = (...more: string[]) =>
      run(["auth", "--backend", "env", "--shell", "bash", "--with-key", ...more], {}, `${secret}\n`);
    expect((await print("--for", "rebar3")).stdout).toBe(`export HEX_API_KEY='${secret}'\n`);
    const { stdout } = await print("--for", "gleam");
    expect(stdout).toBe(`export HEXPM_API_KEY='${secret}'\n`);
    const env = { HEXPM_API_KEY: secret };
    expect((await run(["whoami", "--backend", "env"], env)).stdout).toBe(`${setting.account.username}\n`);
    expect(await print("--for", "npm")).toMatchObject({ code: 2, stdout: "" });
  });

  it("is no destination for a move", async () => {
    expect(await run(["backend", "move", "--to", "env"], {})).toMatchObject({ code: 2 });
  });
});

describe("the choice of a backend", () => {
  beforeEach(() => enter("classic-2021"));

  it("is stored for each profile; a flag and the environment override it", async () => {
    expect((await run(["backend", "use", "env", "--profile", "ci"], {})).code).toBe(0);
    const inUse = async (args: readonly string[], env = {}) => {
      const { stdout } = await run(["backend", "list", "--json", ...args], env);
      return JSON.parse(stdout).output.backends.find((row: { inUse: boolean }) => row.inUse).name;
    };
    expect(await inUse([])).toBe("file");
    expect(await inUse(["--profile", "ci"])).toBe("env");
    expect(await inUse(["--profile", "ci"], { HEXUSER_BACKEND: "file" })).toBe("file");
    expect(await inUse(["--profile", "ci", "--backend", "helper:none"])).toBe("helper:none");
  });

  it.each(["nowhere", "helper:../evil", "helper:"])("refuses %j", async (name) => {
    const refused = await run(["whoami", "--backend", name], {});
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("To fix:") });
  });
});
