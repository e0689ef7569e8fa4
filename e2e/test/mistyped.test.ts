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
  ["completion", "SHELL is missing.", "as in `hexuser completion bash`"],
  ["completion sh", "SHELL must be bash, zsh, fish or powershell.", "--help"],
  ["reset_password account", "ACCOUNT is missing.", "as in `hexuser reset_password account ada`"],
  ["backend use foo", "There is no backend “foo”.", "choose file, keychain, env or helper:NAME."],
  ["key list a b", "got 2 arguments too many", "see `hexuser key list --help`."],
  ["whoami --profile:work", "Between --profile and its value", "--help"],
  ["key generate --expires 2001-01-01", "--expires must be in the future.", "a time in the future"],
  [`key generate ${"x".repeat(256)}`, "--key-name must have at most 255 characters.", "--help"],
  ["run", "FILE must be the file of a document", "--help"],
])("`hexuser %s` says “%s”", async (typed, message, hint) => {
  const { code, stderr } = await runHexuser(typed.split(" "), { machine });
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  expect(/^To fix: (.*)$/m.exec(stderr)?.[1]).toContain(hint);
  expect(stderr).not.toMatch(/secret|--backend/);
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
  expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining("you gave both")]);
  const { code, stdout } = await runHexuser(["login", "--help"], { machine });
  expect([code, stdout]).toEqual([0, expect.stringMatching(/ALIASES\n {2}\$ hexuser login/)]);
});
