import { readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { systemRights } from "../packed/debian-system.ts";
import { provideWindows, type WindowsSystem, windowsBinary } from "../packed/wine.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { itWith } from "../requirements.ts";
import { type Ended, runHexuser } from "../run-hexuser.ts";

type Variables = Readonly<Record<string, string>>;

const needed = [systemRights, windowsBinary];

// Wine isn't Windows. A failure here is one on Windows, too, but Wine can't show all of them.
describe("the binary for win-x64, in Wine", () => {
  let windows: WindowsSystem;
  let current: TestRegistry;
  let classic: TestRegistry;
  beforeAll(async () => {
    if (needed.some(({ met }) => !met)) return;
    [windows, current, classic] = await Promise.all([
      provideWindows(),
      startRegistry("current-basic-off"),
      startRegistry("classic-2021"),
    ]);
  }, 600_000);
  afterAll(async () => {
    await Promise.all([windows?.remove(), current?.close(), classic?.close()]);
  }, 120_000);

  // Wine uses this user if the system knows none.
  const home = "C:\\users\\wine";
  const run = (
    args: readonly string[],
    { at = current, stdin = "", env = {} as Variables, program = windows.program } = {},
  ): Promise<Ended> =>
    runHexuser(args, {
      machine: { ...windows.machine, env: { ...windows.machine.env, HEX_API_URL: at.apiUrl, ...env } },
      through: windows.through,
      program,
      stdin,
      limit: 150_000,
    });

  itWith(...needed)(
    "signs in, makes, lists and revokes keys, and signs out",
    async () => {
      const { username } = await current.createAccount();
      const { secret } = current.control.createKey({ username, name: "some-key" });
      expect(await run(["--version"])).toMatchObject({ code: 0, stderr: "" });
      expect((await run(["auth", "--help"])).stdout).toContain("--with-key");
      expect(await run(["auth", "--with-key"], { stdin: `${secret}\n` })).toMatchObject({ code: 0 });
      expect(readFileSync(windows.file(`${home}\\.hex\\hex.config`), "utf8")).toContain(secret);
      expect(await run(["whoami"])).toMatchObject({ code: 0, stdout: `${username}\n`, stderr: "" });
      const made = await run(["key", "generate", "--key-name", "new", "--permission", "api:read"]);
      expect(made.code).toBe(0);
      expect((await run(["key", "list"])).stdout).toMatch(/^new .*api:read/m);
      expect((await run(["--complete", "powershell", "=n", "key", "revoke"])).stdout).toContain("new");
      expect(await run(["key", "revoke", "new"])).toMatchObject({ code: 0 });
      expect(await run(["whoami", "--wrong"])).toMatchObject({ code: 2, stdout: "" });
      expect(await run(["deauth"])).toMatchObject({ code: 0 });
      expect(await run(["whoami", "--no-input"])).toMatchObject({ code: 4, stdout: "" });
    },
    600_000,
  );

  itWith(...needed)(
    "signs in at a classic registry, with two passwords from standard input",
    async () => {
      const { username, password } = await classic.createAccount();
      const secrets = `${password}\nopen sesame\n`;
      const args = ["auth", "--username", username, "--password-stdin", "--local-password-stdin"];
      expect(await run(args, { at: classic, stdin: secrets })).toMatchObject({ code: 0 });
      expect(await run(["whoami"], { at: classic })).toMatchObject({ code: 0, stdout: `${username}\n` });
      expect(
        await run(["key", "generate", "--key-name", "more", "--local-password-stdin"], {
          at: classic,
          stdin: "open sesame\n",
        }),
      ).toMatchObject({ code: 0 });
    },
    600_000,
  );

  itWith(...needed)(
    "keeps a key in the Credential Manager, and removes the libraries that earlier starts left",
    async () => {
      const { username } = await current.createAccount();
      const { secret } = current.control.createKey({ username, name: "some-key" });
      const env = { HEXUSER_BACKEND: "keychain", HEX_HOME: "C:\\other" };
      expect(await run(["auth", "--with-key"], { stdin: `${secret}\n`, env })).toMatchObject({ code: 0 });
      for (let start = 0; start < 3; start += 1)
        expect(await run(["whoami"], { env })).toMatchObject({ code: 0, stdout: `${username}\n` });
      expect(await run(["deauth"], { env })).toMatchObject({ code: 0 });
      expect(await run(["whoami", "--no-input"], { env })).toMatchObject({ code: 4 });
      const temporary = windows.file(`${home}\\AppData\\Local\\Temp`);
      const libraries = () => readdirSync(temporary).filter((name) => name.startsWith("hexuser-"));
      for (const name of libraries()) utimesSync(join(temporary, name, "keyring.node"), 0, 0);
      await run(["whoami", "--no-input"], { env });
      expect(libraries()).toHaveLength(1);
    },
    600_000,
  );

  itWith(...needed)(
    "isn't controlled by NODE_OPTIONS, and passes on the exit code of its second start",
    async () => {
      const env = { NODE_OPTIONS: "--require C:\\nowhere.js", NODE_EXTRA_CA_CERTS: "C:\\nowhere.pem" };
      expect(await run(["whoami", "--no-input"], { env, at: classic })).toMatchObject({ code: 0 });
      expect(await run(["whoami", "--wrong"], { env })).toMatchObject({ code: 2, stdout: "" });
    },
    600_000,
  );

  itWith(...needed)(
    "loses nothing when eight processes write the file at once",
    async () => {
      const env = { HEX_HOME: "C:\\at once" };
      const signIn = async (at: TestRegistry) => {
        const { username } = await at.createAccount();
        const { secret } = at.control.createKey({ username, name: "some-key" });
        return await run(["auth", "--with-key"], { at, stdin: `${secret}\n`, env });
      };
      const registries = [current, classic, current, classic, current, classic, current, classic];
      for (const ended of await Promise.all(registries.map(signIn))) expect(ended).toMatchObject({ code: 0 });
      expect(await run(["whoami"], { env })).toMatchObject({ code: 0 });
      expect(await run(["whoami"], { at: classic, env })).toMatchObject({ code: 0 });
      expect(readdirSync(windows.file(env.HEX_HOME))).toEqual([".hexuser.lock", "hex.config"]);
    },
    600_000,
  );

  itWith(...needed)(
    "reads secrets and writes answers through the pipes of Windows",
    async () => {
      const { username } = await current.createAccount();
      const { secret } = current.control.createKey({ username, name: "some-key" });
      const env = { HEX_HOME: "C:\\with pipes" };
      const folder = windows.program.slice(0, windows.program.lastIndexOf("\\"));
      const piped = (line: string) => run(["/c", `cd /d ${folder} & ${line}`], { program: "cmd", env });
      expect(await piped(`echo ${secret}|hexuser auth --with-key`)).toMatchObject({ code: 0 });
      expect((await piped(`hexuser whoami --json | findstr username`)).stdout).toContain(username);
      expect((await piped(`hexuser completion powershell | findstr hexuser`)).stdout).toContain(
        "-CommandName hexuser",
      );
    },
    600_000,
  );
});
