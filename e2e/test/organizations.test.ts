import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bothKinds, startRegistry, type TestRegistry } from "../registry.ts";
import { erlang, itWith } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting, signIn, signInWithKey } from "../setting.ts";
import { openTerminal } from "../terminal.ts";

/** Milliseconds. These tests start many processes. */
const limit = { timeout: 120_000 };
const fetching = [{ domain: "repository", resource: "acme" }];

describe.each(bothKinds)("organizations at %s", (kind) => {
  let registry: TestRegistry;
  let setting: Setting;
  beforeAll(async () => {
    registry = await startRegistry(kind);
  });
  afterAll(() => registry.close());
  beforeEach(async () => {
    registry.control.reset();
    setting = await createSetting(registry);
    const { username } = setting.account;
    registry.control.createOrganization({ name: "acme", members: [{ username, role: "write" }] });
    registry.control.createOrganization({ name: "foreign" });
  });
  afterEach(() => setting.machine.remove());

  const run = (args: readonly string[], stdin = "", env = {}) =>
    runHexuser(args, { machine: setting.machine, stdin, env });
  const config = () => readFileSync(setting.machine.configPath, "utf8");
  const keyOf = (
    owner: { organization: string } | { username: string },
    permissions: readonly { domain: string; resource?: string }[] = fetching,
  ) => registry.control.createKey({ ...owner, name: "fetch", permissions }).secret;

  itWith(erlang)(
    "get a key that Erlang reads as mix hex does, and lose it again",
    async () => {
      await signIn(setting);
      const before = config();
      const secret = keyOf({ organization: "acme" });
      const stored = await run(["organization", "auth", "acme", "--key-stdin"], `${secret}\n`);
      expect(stored).toMatchObject({ code: 0, stdout: "" });
      expect(stored.stderr).toContain("repository hexpm:acme");
      const script = fileURLToPath(new URL("../erlang/read-organization.escript", import.meta.url));
      const read = spawnSync("escript", [script, setting.machine.configPath], { encoding: "utf8" });
      // The registry of 2021 doesn't name the owner of a key.
      const owner = setting.isClassic ? "unknown [auth_key]" : "organization [auth_key,auth_key_owner]";
      expect(read.stdout).toBe(`${secret} ${owner}\n`);
      expect((await run(["organization", "list", "--format", "tsv"])).stdout).toMatch(/^acme\twrite\tyes$/m);
      expect((await run(["organization", "deauth", "acme"])).stderr).toContain(
        "The registry still accepts it",
      );
      expect(config()).toBe(before);
      expect(registry.control.requests().counts["GET /api/auth"]).toBe(1);
    },
    limit.timeout,
  );

  it("refuse other keys, and keep the file as it is", limit, async () => {
    await signIn(setting);
    const before = config();
    const { username } = setting.account;
    const rows = [
      [keyOf({ username }, [{ domain: "api", resource: "read" }]), /no permission for the repository/],
      ["0".repeat(32), /not valid at this registry/],
      // The registry of 2021 tells the user of a key that may read the API.
      [keyOf({ username }, [...fetching, { domain: "api", resource: "read" }]), /belongs to the user/],
    ] as const;
    for (const [secret, message] of rows) {
      const refused = await run(["organization", "auth", "acme", "--key-stdin"], `${secret}\n`);
      expect(refused).toMatchObject({ code: 4, stderr: expect.stringMatching(message) });
      expect(refused.stderr).toContain("organization key generate acme --permission repository:acme");
      expect(refused.stderr).not.toContain(secret);
    }
    const elsewhere = ["organization", "auth", "acme", "--key-stdin", "--backend", "env"];
    expect(await run(elsewhere, "k\n")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/only in its own file.*\nTo fix: use --backend file/),
    });
    expect(config()).toBe(before);
  });

  it("get a key on a terminal, unseen", limit, async () => {
    await signInWithKey(setting);
    const secret = keyOf({ organization: "acme" });
    const terminal = openTerminal(["organization", "auth", "acme"], { machine: setting.machine });
    await terminal.expect("Key of the organization");
    terminal.type(`${secret}\r`);
    expect((await terminal.exit()).code).toBe(0);
    expect(terminal.transcript()).not.toContain(secret);
    expect(config()).toContain(secret);
  });

  it("tell their changes to members, and to their own key", limit, async () => {
    await signInWithKey(setting);
    const { username } = setting.account;
    const params = { package: { name: "wheel" }, release: { version: "1.0.0" } };
    registry.control.createAuditEntries({
      organization: "acme",
      action: "release.publish",
      params,
      count: 150,
    });
    const own = { HEX_API_KEY: keyOf({ organization: "acme" }, [{ domain: "api" }]) };
    const logs = await Promise.all([
      run([
        "organization",
        "audit-log",
        "acme",
        "--action",
        "release",
        "--json",
        "--jq",
        ".entries | length",
      ]),
      run(["audit-log", "--limit", "2"], "", own),
      run(["audit-log", "--action", "user.create"]),
      run(["organization", "audit-log", "foreign"]),
      run(["organization", "list"], "", own),
    ]);
    const codes = logs.map(({ code }) => code);
    if (setting.isClassic) {
      expect(codes).toEqual([1, 1, 1, 1, 1]);
      expect(logs[2]?.stderr).toMatch(/no list of changes\.\nTo fix: look at/);
      expect(logs[4]?.stderr).toContain("doesn't tell to which organization");
    } else {
      expect(codes).toEqual([0, 0, 0, 1, 0]);
      expect(logs[0]?.stdout).toBe("150\n");
      expect(logs[1]?.stdout).toMatch(/^key\.generate +fetch/m);
      expect(logs[1]?.stderr).toContain("The log has more entries");
      expect(logs[2]?.stdout).toMatch(/^user\.create\b/m);
      expect(logs[4]?.stderr).toContain("belongs to the organization acme itself");
    }
    expect(logs[3]?.stderr).toMatch(/You are not a member of an organization “foreign”\.\nTo fix: .*acme/);
    const told = await run(["whoami", "--verbose"]);
    expect(told.stderr).toMatch(/It may do this: api\.\n.*Organizations: acme \(write\)\./);
    expect(told.stdout).toBe(`${username}\n`);
    const completed = await run(["--complete", "fish", "=", "organization", "audit-log"]);
    expect(completed.stdout).toBe("acme\n");
  });
});
