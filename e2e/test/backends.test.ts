import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  makePassStore,
  type PassStore,
  passCommands,
} from "../../packages/credentials/test/helper/pass-store.ts";
import {
  type SecretService,
  secretServiceCommands,
  startSecretService,
} from "../../packages/credentials/test/keychain/secret-service.ts";
import { describeWith } from "../../packages/credentials/test/requirements.ts";
import { bothGenerations, startRegistry, type TestRegistry } from "../registry.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, localPassword, type Setting, signIn } from "../setting.ts";
import { openTerminal } from "../terminal.ts";

const registries = new Map<string, TestRegistry>();
beforeAll(async () => {
  for (const generation of bothGenerations) registries.set(generation, await startRegistry(generation));
});
afterAll(async () => {
  for (const registry of registries.values()) await registry.close();
});

let setting: Setting;
const enter = async (generation: string) => {
  setting = await createSetting(registries.get(generation) as TestRegistry);
};
afterEach(() => setting.machine.remove());

/** A sign-in at one of several registries. */
interface Signed {
  readonly origin: string;
  readonly apiUrl: string;
  readonly username: string;
  readonly password: string;
}

/** What a backend's store adds to the environment of the program. */
type Surroundings = () => Readonly<Record<string, string>>;

const run = (args: readonly string[], env: Readonly<Record<string, string>>, stdin = "") =>
  runHexuser(args, { machine: setting.machine, env, stdin });

/** Signs in as the registry of this setting takes it, with nothing under a local password. */
async function signInTo(backend: string, env: Readonly<Record<string, string>>): Promise<void> {
  const { account, isClassic, machine, registry } = setting;
  if (isClassic) {
    const args = ["auth", "--backend", backend, "--username", account.username, "--password-stdin"];
    const { code, stderr } = await run(args, env, `${account.password}\n`);
    expect(code, stderr).toBe(0);
    return;
  }
  const terminal = openTerminal(["auth", "--backend", backend], { machine, env });
  await terminal.expect("Waiting for your approval");
  const [code = ""] = /\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/.exec(terminal.transcript()) ?? [];
  registry.control.approveDevice(code.replace("-", ""), { username: account.username });
  expect((await terminal.exit()).code, terminal.transcript()).toBe(0);
}

function describeCommands(backend: string, surroundings: Surroundings): void {
  it.each(bothGenerations)(
    "lets every command do its work on %s, and leaves no file of secrets",
    async (generation) => {
      await enter(generation);
      const { account, machine } = setting;
      const env = { ...surroundings(), HEXUSER_BACKEND: backend };
      await signInTo(backend, env);
      expect((await run(["whoami"], env)).stdout).toBe(`${account.username}\n`);
      const code = setting.isClassic ? [] : ["--otp", account.otp()];
      const made = await run(["key", "generate", "--key-name", "ci", ...code], env);
      expect(made, made.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f]{32}\n$/) });
      expect((await run(["key", "list"], env)).stdout).toContain("ci");
      expect((await run(["key", "revoke", "ci", ...code], env)).stderr).toContain("Revoked: ci.");
      expect(await run(["reset_password", "local"], env)).toMatchObject({
        code: 0,
        stderr: expect.stringContaining("Nothing on this machine lies under a local password."),
      });
      expect(() => readFileSync(machine.configPath)).toThrow("ENOENT");
      expect(await run(["deauth"], env)).toMatchObject({ code: 0 });
      expect((await run(["whoami"], env)).code).toBe(4);
    },
  );

  it("takes the credentials over from the file, and gives them back", async () => {
    await enter("classic-2021");
    const { account, machine } = setting;
    const env = surroundings();
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
    expect((await run(["backend", "list"], env)).stdout).toMatch(new RegExp(`^${backend} +yes +yes`, "m"));
    const back = await run(["backend", "move", "--to", "file", "--local-password-stdin"], env, "another\n");
    expect(back, back.stderr).toMatchObject({ code: 0 });
    expect((await run(["deauth", "--local-password-stdin"], env, "another\n")).stderr).toContain(
      "Keys revoked",
    );
  });
}

describeWith(...secretServiceCommands)("the keychain", () => {
  let service: SecretService;
  beforeAll(async () => {
    service = await startSecretService();
  });
  afterAll(() => service.stop());

  describeCommands("keychain", () => ({
    DBUS_SESSION_BUS_ADDRESS: service.env.DBUS_SESSION_BUS_ADDRESS ?? "",
    XDG_RUNTIME_DIR: service.env.XDG_RUNTIME_DIR ?? "",
  }));

  it("is not replaced by a file where it can't be reached", async () => {
    await enter("current-basic-off");
    const refused = await run(["auth", "--with-key", "--backend", "keychain"], {}, "key\n");
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain("To fix:");
    expect(() => readFileSync(setting.machine.configPath)).toThrow("ENOENT");
    expect((await run(["backend", "use", "keychain"], {})).code).toBe(5);
  });
});

describeWith(...passCommands)("a helper program", () => {
  let store: PassStore;
  beforeAll(async () => {
    store = await makePassStore();
  });
  afterAll(() => store.stop());

  const surroundings = () => ({
    GNUPGHOME: store.env.GNUPGHOME ?? "",
    PASSWORD_STORE_DIR: `${store.home}/.password-store`,
  });
  describeCommands("helper:pass", surroundings);

  it("takes over the keys of two registries, each under a local password of its own, and the rest stays", async () => {
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
        await signInAt(registries.get("classic-2021") as TestRegistry, "one"),
        await signInAt(other, "two"),
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
        surroundings(),
        `${first.password}\n`,
      );
      expect([half.code, JSON.parse(half.stdout).failure]).toEqual([
        4,
        expect.objectContaining({ message: expect.stringContaining(second.origin) }),
      ]);
      expect(readFileSync(machine.configPath, "utf8")).toBe(before);

      const terminal = openTerminal(move, { machine, env: surroundings(), columns: 200 });
      for (const { origin, password } of [first, second]) {
        await terminal.expect(`The key for ${origin}`);
        await terminal.expect("? Local password");
        terminal.type(`${password}\r`);
      }
      expect((await terminal.exit()).code, terminal.transcript()).toBe(0);
      const after = readFileSync(machine.configPath, "utf8");
      expect(after).not.toContain("write_key");
      expect(after).toContain(organizations);
      for (const { apiUrl, username } of [first, second]) {
        expect((await run(["whoami", "--api-url", apiUrl], surroundings())).stdout).toBe(`${username}\n`);
      }
      const back = [...["backend", "move", "--to", "file"], "--local-password-stdin"];
      expect(await run(back, surroundings(), "both\n")).toMatchObject({ code: 0 });
      const again = await run([...move, "--local-password-stdin"], surroundings(), "wrong\nboth\n");
      expect(again, again.stderr).toMatchObject({ code: 0 });
    } finally {
      await other.close();
    }
  });
});

describe("the environment", () => {
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

  it("can't be moved to", async () => {
    expect(await run(["backend", "move", "--to", "env"], {})).toMatchObject({ code: 2 });
  });
});

describe("the choice of a backend", () => {
  beforeEach(() => enter("classic-2021"));

  it("is kept for each profile, and gives way to a flag and to the environment", async () => {
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
