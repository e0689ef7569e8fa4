import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bothKinds, startRegistry, type TestRegistry } from "../registry.ts";
import { asOrdinaryUser, itWith, mountRights, otherUserRights } from "../requirements.ts";
import { type Ended, runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting, signIn, writeConfig } from "../setting.ts";
import { openTerminal } from "../terminal.ts";

describe.each(bothKinds)("credential storage on %s", (kind) => {
  let registry: TestRegistry;
  let setting: Setting;
  beforeAll(async () => {
    registry = await startRegistry(kind);
  });
  afterAll(() => registry.close());
  beforeEach(async () => {
    setting = await createSetting(registry);
  });
  afterEach(() => setting.machine.remove());

  const config = () => readFileSync(setting.machine.configPath, "utf8");

  describe("a damaged file", () => {
    const damages = [
      ["is cut", "{'$write_key',<<\"g3QAA"],
      ["is no Erlang", "# API keys\nmachine: one\n"],
      ["is Elixir code", '[username: "ada",\n key: System.get_env("KEY")]\n'],
      ["is not UTF-8", Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x2e, 0x0a])],
    ] as const;

    it.each(damages)("that %s is reported and left unchanged", async (_, content) => {
      writeConfig(setting.machine, content);
      for (const command of [["whoami"], ["key", "list"], ["deauth"], ["reset_password", "local"]]) {
        const ended = await runHexuser(command, { machine: setting.machine });
        expectFailure(ended, 5, /hex\.config/);
      }
      const json = await runHexuser(["whoami", "--json"], { machine: setting.machine });
      expect([json.code, JSON.parse(json.stdout).failure.code]).toEqual([5, "storage_damaged"]);
      expect(readFileSync(setting.machine.configPath)).toEqual(Buffer.from(content));
    });

    it("is reported on a terminal as well", async () => {
      writeConfig(setting.machine, "{");
      const terminal = openTerminal(["whoami"], { machine: setting.machine });
      expect((await terminal.exit()).code).toBe(5);
      expect(terminal.transcript()).toMatch(/hex\.config[\s\S]*To fix: /);
    });
  });

  it("uses an old file in Elixir syntax, and writes it without losing anything", async () => {
    const { machine, account } = setting;
    const { username } = account;
    const makeKey = (name: string) =>
      registry.control.createKey({ username, name, permissions: [{ domain: "api" }] }).secret;
    const old = `# mix hex
[username: "${username}", api_url: '${registry.apiUrl}',
 "$read_key": "${makeKey("old")}", # read
 "$repos": %{
   "hexpm" => %{url: "https://repo.hex.pm", auth_key: "k"},
   "mine" => %{:url => "https://mine.example", "key" => """
     line
     """}}]
`;
    writeConfig(machine, old);
    const signedIn = { code: 0, stdout: `${username}\n` };
    expect(await runHexuser(["whoami"], { machine })).toMatchObject(signedIn);
    expect(config()).toBe(old);
    const stdin = `${makeKey("new")}\n`;
    expect(await runHexuser(["auth", "--with-key"], { machine, stdin })).toMatchObject({ code: 0 });
    expect(config()).toContain(`{username,<<"${username}">>}.\n{api_url,"${registry.apiUrl}"}.\n`);
    expect(config()).toContain('<<"hexpm">> => #{url => <<"https://repo.hex.pm">>');
    const mine = 'url => <<"https://mine.example">>,<<"key">> => <<108,105,110,101,10>>';
    expect(config()).toContain(`<<"mine">> => #{${mine}}`);
    expect(await runHexuser(["whoami"], { machine })).toMatchObject(signedIn);
  });

  it("is reported if a file is in the place of the directory", async () => {
    writeFileSync(setting.machine.hexHome, "");
    expectFailure(await keepKey(setting), 5, /hex/);
  });

  itWith(otherUserRights)("says so when an ordinary user may not write, and changes nothing", async () => {
    await signIn(setting);
    const before = config();
    chmodSync(setting.machine.hexHome, 0o755);
    const ended = await keepKey(setting, asOrdinaryUser);
    expectFailure(ended, 5, /permission denied/);
    expect(ended.stderr).toContain("HEX_HOME");
    const reading = await runHexuser(["whoami"], { machine: setting.machine, through: asOrdinaryUser });
    expect(reading).toMatchObject({ code: 0, stdout: `${setting.account.username}\n` });
    expect(config()).toBe(before);
  });

  itWith(mountRights)("says so when the disk is full, and loses nothing", async () => {
    const disk = setting.machine.hexHome;
    mkdirSync(disk, { mode: 0o700 });
    mount(disk);
    try {
      await signIn(setting);
      const before = config();
      fill(disk);
      expectFailure(await keepKey(setting), 5, /no space is left/);
      expect(config()).toBe(before);
      expect(
        readdirSync(disk).filter((name) => !/^(hex\.config|\.hexuser\.lock|ballast)$/.test(name)),
      ).toEqual([]);
      rmSync(join(disk, "ballast"));
      expect((await keepKey(setting)).code).toBe(0);
    } finally {
      spawnSync("umount", [disk]);
    }
  });
});

/** Replaces the stored credentials by a key that the registry knows. */
async function keepKey({ registry, machine, account }: Setting, through?: readonly string[]): Promise<Ended> {
  const { secret } = registry.control.createKey({ username: account.username, name: "brought" });
  return runHexuser(["auth", "--with-key"], {
    machine,
    stdin: `${secret}\n`,
    ...(through === undefined ? {} : { through }),
  });
}

function expectFailure(ended: Ended, code: number, message: RegExp): void {
  expect(ended).toMatchObject({ code, stdout: "" });
  expect(ended.stderr).toMatch(message);
  expect(ended.stderr).toMatch(/^To fix: \S/m);
}

function mount(folder: string): void {
  const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", folder]);
  if (status !== 0) throw new Error(`mount: ${stderr}`);
}

/** Leaves no free byte. */
function fill(folder: string): void {
  const ballast = join(folder, "ballast");
  for (let size = 64; size > 0; size -= 4) {
    try {
      writeFileSync(ballast, Buffer.alloc(4096), { flag: "a" });
    } catch {
      return;
    }
  }
  throw new Error("The disk is larger than it should be.");
}
