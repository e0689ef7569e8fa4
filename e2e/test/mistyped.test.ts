import { afterAll, beforeAll, expect, it } from "vitest";
import { createMachine, type Machine } from "../hexuser-environment.ts";
import { runHexuser } from "../run-hexuser.ts";

let machine: Machine;
beforeAll(() => {
  machine = createMachine({});
});
afterAll(() => machine.remove());

it.each([
  ["lgoin", "`hexuser auth`"],
  ["version", "`hexuser --version`"],
  ["user auth", "`hexuser auth`"],
  ["hex.user auth", "`hexuser auth`"],
  ["mix hex.user whoami", "`hexuser whoami`"],
  ["key delete ci", "`hexuser key revoke`"],
  ["kye list", "`hexuser key list`"],
  ["key generate --name ci", "`hexuser key generate NAME`"],
  ["key revoke --name ci", "`hexuser key revoke NAME`"],
  ["-v", "--version"],
  ["whoami -v", "--verbose"],
  ["--verison", "--version"],
  ["key --hlep", "--help"],
])("`hexuser %s` leads to %s", async (typed, meant) => {
  const { code, stdout, stderr } = await runHexuser(typed.split(" "), { machine });
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^To fix: .*$/m);
  expect(/^To fix: (.*?) Otherwise/m.exec(stderr)?.[1]).toContain(meant);
});

it.each([
  ["login --dry-run", { operation: "auth" }],
  ["logout --dry-run", { operation: "deauth" }],
  ["key generate ci --dry-run", { operation: "key.generate", input: { keyName: "ci" } }],
  ["key generate --key-name ci --dry-run", { operation: "key.generate", input: { keyName: "ci" } }],
])("`hexuser %s` is a command", async (typed, call) => {
  const { code, stdout } = await runHexuser(typed.split(" "), { machine });
  expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ operation: call.operation })]);
  expect(JSON.parse(stdout)).toMatchObject(call);
});

it("refuses a name given twice, and names an alias in the help", async () => {
  const twice = await runHexuser(["key", "generate", "one", "--key-name", "two"], { machine });
  expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining("both were given")]);
  const { code, stdout } = await runHexuser(["login", "--help"], { machine });
  expect([code, stdout]).toEqual([0, expect.stringMatching(/ALIASES\n {2}\$ hexuser login/)]);
});
