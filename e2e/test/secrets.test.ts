import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { makePassStore, type PassStore, passCommands } from "@hexuser/credentials/test/helper/pass-store";
import { describeWith } from "@hexuser/credentials/test/requirements";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { watchProcesses } from "../process-watch.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { itWith, processFiles } from "../requirements.ts";
import { startHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting } from "../setting.ts";

/** Secrets that the test would find anywhere. */
const canary = {
  account: "canary-account-7f3a",
  local: "canary-local-91bd",
  newLocal: "canary-new-local-c04e",
};

let registry: TestRegistry;
let setting: Setting;
beforeAll(async () => {
  registry = await startRegistry("classic-2021");
});
afterAll(() => registry.close());
afterEach(() => setting.machine.remove());

interface Step {
  readonly args: readonly string[];
  readonly stdin?: string;
  /** Standard output must contain the secret. */
  readonly givesSecret?: boolean;
}

/** Runs a command, and returns everything that others could see of it. */
async function expose({ args, stdin = "" }: Step, env: Readonly<Record<string, string>>) {
  const running = startHexuser([...args, "--verbose"], { machine: setting.machine, env, stdin });
  const watch = watchProcesses(running.pid);
  const ended = await running.ended;
  return { ended, processes: watch.stop().join("\n") };
}

/** The content of every file below a directory, except files with these names. */
function contents(directory: string, except: readonly string[]): string {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => !except.some((name) => path.endsWith(name)) && statSync(path).isFile())
    .map((path) => `${path}: ${readFileSync(path, "latin1")}`)
    .join("\n");
}

/** @param own names of the files in which the backend keeps secrets */
async function liveWithout(leaks: { env: Readonly<Record<string, string>>; own: readonly string[] }) {
  setting = await createSetting(registry);
  const { account, machine } = setting;
  await registry.control.changeUser(account.username, { password: canary.account });
  const secrets = Object.values(canary);
  const steps: readonly Step[] = [
    {
      args: ["auth", "--username", account.username, "--password-stdin", "--local-password-stdin"],
      stdin: `${canary.account}\n${canary.local}\n`,
    },
    { args: ["whoami"] },
    { args: ["whoami", "--json"] },
    {
      args: ["key", "generate", "--key-name", "ci", "--password-stdin", "--username", account.username],
      stdin: `${canary.account}\n`,
      givesSecret: true,
    },
    { args: ["key", "list", "--json"] },
    { args: ["key", "revoke", "ci", "--local-password-stdin"], stdin: `${canary.local}\n` },
    { args: ["key", "revoke", "ci", "--local-password-stdin"], stdin: "canary-wrong\n" },
    {
      args: ["reset_password", "local", "--local-password-stdin"],
      stdin: `${canary.local}\n${canary.newLocal}\n`,
    },
    { args: ["reset_password", "account", account.username] },
    {
      args: [
        ...["register", "--username", `${account.username}-too`, "--email", "canary@example.org"],
        ...["--accept-terms", "--password-stdin"],
      ],
      stdin: `${canary.account}\n`,
    },
    { args: ["backend", "list"] },
    { args: ["backend", "use", "file", "--profile", "other"] },
    {
      args: ["key", "revoke", "--all", "--yes", "--local-password-stdin"],
      stdin: `${canary.newLocal}\n`,
    },
    {
      args: ["auth", "--username", account.username, "--password-stdin", "--local-password-stdin"],
      stdin: `${canary.account}\n${canary.newLocal}\n`,
    },
    { args: ["deauth", "--local-password-stdin"], stdin: `${canary.newLocal}\n` },
  ];
  for (const step of steps) {
    const { ended, processes } = await expose(step, leaks.env);
    if (step.givesSecret) secrets.push(ended.stdout.trim());
    const shown = ended.stderr + (step.givesSecret ? "" : ended.stdout);
    const everywhere = `${shown}\n${processes}\n${contents(machine.home, leaks.own)}`;
    for (const secret of [...secrets, "canary-wrong"]) {
      expect(everywhere.includes(secret), `${step.args.join(" ")}: ${secret} is seen`).toBe(false);
    }
    expect(processes).toContain("cmdline: ");
  }
}

describe("secrets", () => {
  itWith(processFiles)(
    "appear in no output, no other file and no process, with the file",
    async () => {
      await liveWithout({ env: {}, own: ["hex.config"] });
    },
    180_000,
  );
});

describeWith(...passCommands)("secrets, with a helper program", () => {
  let store: PassStore;
  beforeAll(async () => {
    store = await makePassStore();
  });
  afterAll(() => store.stop());

  itWith(processFiles)(
    "appear in no output, no file and no process",
    async () => {
      const env = {
        GNUPGHOME: store.env.GNUPGHOME ?? "",
        PASSWORD_STORE_DIR: `${store.home}/.password-store`,
        HEXUSER_BACKEND: "helper:pass",
      };
      await liveWithout({ env, own: [] });
    },
    180_000,
  );
});
