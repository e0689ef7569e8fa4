import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting, signInWithKey } from "../setting.ts";
import { openTerminal } from "../terminal.ts";

let registry: TestRegistry;
let setting: Setting;
beforeAll(async () => {
  registry = await startRegistry("current-basic-off");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
  const { username } = setting.account;
  const inDays = (days: number) => Date.now() + days * 86_400_000;
  const permissions = [
    { domain: "package", resource: "acme/a_package_with_a_long_name" },
    { domain: "repository", resource: "acme" },
  ];
  registry.control.createKey({ username, name: "ci", permissions, endsAt: inDays(90.5) });
  registry.control.createKey({ username, name: "nightly", endsAt: inDays(3.1) });
  await signInWithKey(setting, "laptop");
});
afterEach(() => setting.machine.remove());

const run = (...args: readonly string[]) => runHexuser(args, { machine: setting.machine });

describe("a list of keys", () => {
  it.each([120, 80, 60, 40])("fits completely into a terminal of %i columns", async (columns) => {
    const terminal = openTerminal(["key", "list"], { machine: setting.machine, columns });
    expect((await terminal.exit()).code).toBe(0);
    const screen = terminal.transcript();
    for (const line of screen.split(/\r?\n/)) expect(line.length).toBeLessThanOrEqual(columns);
    const words = screen.replaceAll(/\s+/g, " ");
    for (const told of ["* laptop", "* This machine uses this key.", "in UTC", "nightly expires in 3 days"])
      expect(words).toContain(told);
    expect(words.replaceAll(" ", "")).toContain("package:acme/a_package_with_a_long_name,repository:acme");
    if (columns < 60) expect(words).toMatch(/Expires 20\d\d-\d\d-\d\d, in 3 months/);
  });

  it("as tab-separated values has one complete line per key", async () => {
    const { code, stdout } = await run("key", "list", "--format", "tsv");
    expect(code).toBe(0);
    const rows = stdout
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => line.split("\t"));
    expect(rows.map(([name, , , , , inUse]) => [name, inUse])).toEqual([
      ["ci", ""],
      ["laptop", "yes"],
      ["nightly", ""],
    ]);
    expect(rows[0]?.[1]).toBe("package:acme/a_package_with_a_long_name, repository:acme");
    expect(rows[0]?.[3]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    expect(rows[1]?.[3]).toBe("");
  });
});

describe("a filtered output", () => {
  it("has the named fields, in the document of --json", async () => {
    const { code, stdout } = await run("key", "list", "--fields", "name, keys.permissions");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, output: { keys: [{ name: "ci" }, {}, {}] } });
    expect(Object.keys(JSON.parse(stdout).output.keys[0])).toEqual(["name", "permissions"]);
  });

  it.each([
    [["key", "list", "--jq", ".keys[] | select(.expiresAt != null) | .name"], "ci\nnightly\n"],
    [
      ["key", "list", "--jq", '.keys[] | select(.inUse) | [.name, (.permissions | join(" "))] | @tsv'],
      "laptop\tapi\n",
    ],
    [["key", "list", "--fields", "name", "--jq", ".keys[1:] | map(.name)"], '["laptop","nightly"]\n'],
    [["whoami", "--jq=.owner, .credential.name"], "user\nlaptop\n"],
    [["whoami", "--jq", "empty"], ""],
    [["key", "list", "--jq=-(.keys | length)"], "-3\n"],
    [["operations", "--jq", ".operations[:2] | map(.operation)"], '["register","whoami"]\n'],
  ])("is jq's result: %j", async (args, expected) => {
    expect(await run(...args)).toMatchObject({
      code: 0,
      stdout: expected,
      stderr: expect.not.stringContaining("Error"),
    });
  });

  it.each([
    [["key", "list", "--jq", ".keys["], "--jq: syntax error"],
    [["key", "list", "--jq=--raw-output"], "is not defined"],
    [["key", "generate", "--jq", "nosuch"], "nosuch/0 is not defined"],
    [["key", "list", "--fields", "nmae"], "no field “nmae”"],
    [["key", "generate", "--fields", "name"], "leaves out secret, which is shown only once"],
    [["key", "list", "--nope", "--jq=."], "There is no flag --nope"],
    [["key", "revoke", "none such", "--jq", "."], "none such"],
    [["serve", "--stdio", "--jq", "."], "prints no single JSON document"],
  ])("fails as with --json, before the command does anything: %j", async (args, message) => {
    const { code, stdout } = await run(...args);
    expect(code).toBeGreaterThan(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      failure: { message: expect.stringContaining(message) },
    });
    if (args[1] === "generate")
      expect((await run("key", "list", "--jq", ".keys | length")).stdout).toBe("3\n");
  });

  it.each([
    ["fails on the output", ".secret.first", /Cannot index string/],
    ["never ends", "last(repeat(1))", /longer than 5 s/],
    ["takes endless memory", "def f: f | f; f", /more memory/],
    ["leaves out the secret", ".name", /left out what is shown only once/],
  ])(
    "is the whole output if the expression %s, so that no secret is lost",
    async (_, expression, message) => {
      const { username, otp } = setting.account;
      const { accessToken } = registry.control.openSession({ username, scope: "api repositories" });
      const { code, stdout, stderr } = await runHexuser(
        ["key", "generate", "--key-name", "new", "--otp", otp(), "--jq", expression],
        { machine: setting.machine, env: { HEX_API_KEY: `Bearer ${accessToken}` } },
      );
      expect(JSON.parse(stdout)).toMatchObject({
        ok: true,
        output: { secret: expect.stringMatching(/^[0-9a-f]{32}$/) },
      });
      expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    },
  );
});
