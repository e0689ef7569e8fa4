import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RegistryKind } from "@hexuser/sandbox";
import { describe, expect, it } from "vitest";
import { hexuserPath } from "../hexuser-environment.ts";
import { startRegistry } from "../registry.ts";
import { createSetting, localPassword, type Setting, signIn } from "../setting.ts";
import { openTerminal } from "../terminal.ts";

const folder = fileURLToPath(new URL("../../docs/guides", import.meta.url));
const readme = "../../README.md";
const guides = [...readdirSync(folder).filter((name) => name !== "README.md"), readme];
const untested = "# Not tested here";

/** The state in which a guide begins. The default is a current registry, signed in, without keys. */
const beginnings: Readonly<Record<string, Beginning>> = {
  "organizations.md": { organizations: ["acme"] },
  "publishing-from-ci.md": { packages: ["my_app"] },
  [readme]: { packages: ["my_app"], isSignedOut: true },
  "replacing-a-ci-key.md": { keys: ["ci"] },
  "self-hosted-registry.md": { kind: "classic-2021", isSignedOut: true },
  "two-machines.md": { keys: ["laptop"], isSignedOut: true },
};

interface Beginning {
  readonly kind?: RegistryKind;
  readonly keys?: readonly string[];
  readonly packages?: readonly string[];
  readonly organizations?: readonly string[];
  readonly isSignedOut?: boolean;
}

describe.each(guides)("the commands of docs/guides/%s", (name) => {
  const blocks = readBlocks(name);

  it("run in the order of the page", { timeout: 120_000 }, async () => {
    const { kind = "current-basic-off", ...beginning } = beginnings[name] ?? {};
    const registry = await startRegistry(kind);
    const setting = await createSetting(registry);
    try {
      const { username } = setting.account;
      for (const key of beginning.keys ?? [])
        registry.control.createKey({
          username,
          name: key,
          permissions: [{ domain: "api", resource: "read" }],
        });
      for (const owned of beginning.packages ?? [])
        registry.control.createPackage({ name: owned, owner: username });
      for (const name of beginning.organizations ?? [])
        registry.control.createOrganization({ name, owner: username });
      if (beginning.isSignedOut !== true) await signIn(setting);
      for (const block of blocks.filter((text) => !text.startsWith(untested)))
        for (const command of block.split("\n")) await runCommand(command, setting);
    } finally {
      setting.machine.remove();
      await registry.close();
    }
  });

  it("are marked if they belong to other programs", () => {
    for (const block of blocks) {
      const isOurs = block.split("\n").every((line) => /^(#|$|install |.*\bhexuser )/.test(line));
      expect(isOurs || block.startsWith(untested), block).toBe(true);
    }
  });
});

/**
 * The shell blocks of a page in their order, without the indentation of a list. Of a session, it returns the typed
 * text.
 */
function readBlocks(name: string): string[] {
  const text = readFileSync(join(folder, name), "utf8");
  if (name === readme) return [[...text.matchAll(/^\$ (.*)$/gm)].map(([, typed]) => typed).join("\n")];
  return [...text.matchAll(/^( *)```sh\n(.*?)^ *```$/gms)].map(([, indent = "", block = ""]) =>
    block.replaceAll(new RegExp(`^${indent}`, "gm"), "").trim(),
  );
}

/** A person's answers. For each command, the program asks each question at most once. */
const questions: readonly (readonly [RegExp, (setting: Setting) => string])[] = [
  [/Username or email:/, ({ account }) => account.username],
  [/Account password:/, ({ account }) => account.password],
  [/Local password( \(Enter.*\))?:/, () => localPassword],
  [/Local password \(confirm\):/, () => localPassword],
  [/Two-factor code:/, ({ account }) => account.otp()],
  [/\([yY]\/[nN]\)/, () => "y"],
];
const deviceCode = /shows this code: ([A-Z0-9-]{9})/;

/** Runs a command in bash on a terminal, and answers as a person would. */
async function runCommand(command: string, setting: Setting): Promise<void> {
  const { machine, account, registry } = setting;
  const script = join(machine.home, "command.sh");
  writeFileSync(script, `${command}\n`);
  const terminal = openTerminal([script], {
    machine,
    program: "bash",
    env: { PATH: `${dirname(hexuserPath)}:${machine.env.PATH}` },
    columns: 200,
  });
  const open = [...questions];
  for (;;) {
    const index = await terminal.expectAny([deviceCode, ...open.map(([question]) => question)]);
    if (index < 0) break;
    if (index === 0) {
      const [, userCode = ""] = deviceCode.exec(terminal.transcript()) ?? [];
      registry.control.approveDevice(userCode, { username: account.username });
    } else {
      const [[, answer]] = open.splice(index - 1, 1) as [(typeof questions)[number]];
      terminal.type(`${answer(setting)}\r`);
    }
  }
  expect(await terminal.exit(), `${command}\n${terminal.transcript()}`).toMatchObject({ code: 0 });
}
