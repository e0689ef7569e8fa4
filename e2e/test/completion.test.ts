import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type CompletingShell,
  type InteractiveShell,
  openShell,
  shellHere,
} from "../completion/interactive-shell.ts";
import { createMachine, hexuserPath } from "../hexuser-environment.ts";
import { startRegistry } from "../registry.ts";
import { itWith } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting, signInWithKey, writeConfig } from "../setting.ts";

let setting: Setting;
let machine: Setting["machine"];

const keyNames = ["ci server", "laptop", "it's", "$(touch evil)", "team:api", "team:web"];

beforeAll(async () => {
  const registry = await startRegistry("current-basic-off");
  setting = await createSetting(registry);
  const { home, env } = setting.machine;
  const bin = join(home, "bin");
  mkdirSync(bin);
  symlinkSync(hexuserPath, join(bin, "hexuser"));
  writeFileSync(join(bin, "docker-credential-mine"), "#!/bin/sh\nexit 1\n");
  chmodSync(join(bin, "docker-credential-mine"), 0o755);
  mkdirSync(join(home, ".config/hexuser/profiles/work"), { recursive: true });
  machine = { ...setting.machine, env: { ...env, PATH: `${bin}:${env.PATH}`, PS1: "> " } };
  await signInWithKey(setting);
  for (const name of [...keyNames, "\u001b[31mred"]) {
    registry.control.createKey({ username: setting.account.username, name });
  }
  expect(await runHexuser(["key", "list"], { machine })).toMatchObject({ code: 0 });
  // From here on, there is no registry to ask.
  await registry.close();
});
afterAll(() => machine.remove());

/** The typed text, and the arguments that hexuser gets. */
const lines: readonly (readonly [typed: string, args: readonly string[]])[] = [
  ["hexuser who⇥", ["whoami"]],
  ["hexuser ke⇥rev⇥lap⇥", ["key", "revoke", "laptop"]],
  ["hexuser --profile wo⇥ba⇥us⇥key⇥", ["--profile", "work", "backend", "use", "keychain"]],
  ["hexuser whoami --json --back⇥helper:m⇥", ["whoami", "--json", "--backend", "helper:mine"]],
  ["hexuser auth --method=dev⇥", ["auth", "--method=device"]],
  ["hexuser whoami --backend=helper:m⇥", ["whoami", "--backend=helper:mine"]],
  ["hexuser deauth --she⇥powe⇥", ["deauth", "--shell", "powershell"]],
  ["hexuser key generate --permission api:r⇥", ["key", "generate", "--permission", "api:read"]],
  ["hexuser wizard reg⇥", ["wizard", "register"]],
  ["hexuser key revoke ci⇥", ["key", "revoke", "ci server"]],
  ["hexuser key revoke 'ci⇥", ["key", "revoke", "ci server"]],
  ['hexuser key revoke "ci⇥', ["key", "revoke", "ci server"]],
  ["hexuser key revoke it⇥", ["key", "revoke", "it's"]],
  ["hexuser key revoke te⇥w⇥", ["key", "revoke", "team:web"]],
  ["hexuser key revoke '$(t⇥", ["key", "revoke", "$(touch evil)"]],
  ["hexuser key revoke \\$⇥", ["key", "revoke", "$(touch evil)"]],
  ["hexuser key revoke '$(touch evil)' --js⇥", ["key", "revoke", "$(touch evil)", "--json"]],
  ["hexuser whoami re⇥", ["whoami", "re"]],
];

describe.each<InteractiveShell>(["bash", "zsh", "fish"])("%s", (name) => {
  const requirement = shellHere(name);
  let shell: CompletingShell | undefined;
  beforeAll(async () => {
    if (requirement.met) shell = await openShell(name, machine);
  });
  afterAll(() => {
    shell?.close();
    expect(existsSync(join(machine.home, "evil"))).toBe(false);
  });

  for (const [line, args] of lines) {
    itWith(requirement)(`completes ${line}`, async () => {
      expect(await shell?.type(line)).toEqual(args);
    });
  }
});

describe("a completion script and its answers", () => {
  const ask = (...args: readonly string[]) => runHexuser(["--complete", ...args], { machine });

  it("quotes words for PowerShell, and offers only words with the typed beginning", async () => {
    const { stdout } = await ask("powershell", "=", "key", "revoke");
    expect(stdout).toContain("'ci server'\tci server\n");
    expect(stdout).toContain("'it''s'\tit's\n");
    expect(stdout).toContain("'$(touch evil)'\t$(touch evil)\n");
    expect((await ask("powershell", "=WHO")).stdout).toBe("whoami\tShow who is signed in\n");
    expect((await ask("powershell", "=--backend=k", "whoami")).stdout).toBe(
      "--backend=keychain\t--backend=keychain\n",
    );
  });

  it("offers no key of another account, and no name that would move the cursor", async () => {
    expect((await ask("fish", "=", "key", "revoke")).stdout).not.toContain("red");
    expect((await ask("fish", "=", "--profile", "work", "key", "revoke")).stdout).toBe("");
    expect((await ask("fish", "=", "--api-url=https://other.example/api", "key", "revoke")).stdout).toBe("");
  });

  it.each([
    { args: [] },
    { args: ["bash"] },
    { args: ["tcsh", "=", "--backend"] },
    { args: ["zsh", "=--=", "--", "--", "", "key"] },
    { args: ["bash", "=hexuser 'a \"b \\\\", ""] },
  ])("survives the question $args", async ({ args }) => {
    expect(await ask(...args)).toMatchObject({ code: 0, stderr: "" });
  });

  it("works whatever the settings of the machine are", async () => {
    const broken = createMachine({ HEX_API_URL: "nowhere", HEXUSER_BACKEND: "none" });
    writeConfig(broken, "no term");
    for (const name of ["bash", "zsh", "fish", "powershell"]) {
      const { code, stdout, stderr } = await runHexuser(["completion", name], { machine: broken });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain("--complete");
      expect(stdout.split("\n")[0]).toMatch(/^#.* completion of hexuser$|^#compdef hexuser$/);
    }
    expect(await runHexuser(["completion", "tcsh"], { machine: broken })).toMatchObject({
      code: 2,
      stdout: "",
    });
    broken.remove();
  });

  it("ignores a damaged list, which is in a file for its owner only", async () => {
    const cache = join(machine.home, ".cache/hexuser/key-names.json");
    expect(statSync(cache).mode & 0o777).toBe(0o600);
    writeFileSync(cache, "{");
    expect(await ask("fish", "=", "key", "revoke")).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });
});
