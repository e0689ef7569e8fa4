import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import {
  type SecretService,
  secretServiceCommands,
  startSecretService,
} from "@hexuser/credentials/test/keychain/secret-service";
import { describeWith } from "@hexuser/credentials/test/requirements";
import type { RegistryKind } from "@hexuser/sandbox";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { emulatedPath, emulation, emulator } from "../packed/emulated-program.ts";
import { startRegistry } from "../registry.ts";
import { itWith } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, localPassword, type Setting } from "../setting.ts";
import { openTerminal } from "../terminal.ts";

/** Milliseconds for a test in which the emulator starts the program many times. */
const longest = 600_000;

let setting: Setting;
const enter = async (kind: RegistryKind) => {
  setting = await createSetting(await startRegistry(kind));
  return setting;
};
const run = (args: readonly string[], ...lines: readonly string[]) =>
  runHexuser(args, {
    machine: setting.machine,
    stdin: lines.map((line) => `${line}\n`).join(""),
    program: emulatedPath,
    through: emulator,
    limit: 150_000,
  });

describe("the binary for linux-arm64, emulated,", () => {
  afterEach(async () => {
    setting.machine.remove();
    await setting.registry.close();
  });

  itWith(emulation)(
    "makes an account, signs in, makes, lists and revokes keys, and signs out at a classic registry",
    async () => {
      const { registry } = await enter("classic-2021");
      const [username, password] = ["newcomer", "a long enough password"];
      const account = ["--username", username, "--password-stdin"];
      const registered = await run(
        ["register", ...account, "--email", "newcomer@example.com", "--accept-terms"],
        password,
      );
      expect(registered).toMatchObject({ code: 0, stderr: expect.stringContaining(username) });
      await registry.control.changeUser(username, { confirmed: true });
      expect(await run(["--version"])).toMatchObject({ code: 0, stderr: "" });
      const open = ["--local-password-stdin"];
      expect(await run(["auth", ...account, ...open], password, localPassword)).toMatchObject({ code: 0 });
      expect(await run(["whoami"])).toMatchObject({ code: 0, stdout: `${username}\n`, stderr: "" });
      const made = ["key", "generate", "--key-name", "new", "--permission", "api:read"];
      expect(await run([...made, ...open], localPassword)).toMatchObject({ code: 0 });
      expect((await run(["key", "list"])).stdout).toMatch(/^new .*api:read/m);
      expect((await run(["--complete", "fish", "=ne", "key", "revoke"])).stdout).toContain("new");
      expect(await run(["key", "revoke", "new", ...open], localPassword)).toMatchObject({ code: 0 });
      expect(await run(["whoami", "--wrong"])).toMatchObject({ code: 2 });
      expect(await run(["deauth", ...open], localPassword)).toMatchObject({ code: 0 });
      expect(await run(["whoami", "--no-input"])).toMatchObject({ code: 4 });
    },
    longest,
  );

  itWith(emulation)(
    "signs in with a key, makes a key, and signs out at a current registry",
    async () => {
      const { registry, account } = await enter("current-basic-off");
      const { secret } = registry.control.createKey({ username: account.username, name: "some-key" });
      expect(await run(["auth", "--with-key"], secret)).toMatchObject({ code: 0 });
      const made = await run(["key", "generate", "--key-name", "new", "--permission", "api:read"]);
      expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\w{32}\n$/) });
      expect(await run(["deauth"])).toMatchObject({ code: 0 });
    },
    longest,
  );

  itWith(emulation)(
    "asks on a terminal, step by step",
    async () => {
      const { machine } = await enter("current-basic-off");
      const [program = "", ...before] = emulator;
      const terminal = openTerminal([...before, emulatedPath, "wizard"], {
        machine,
        program,
        limit: 150_000,
      });
      try {
        await terminal.expect(/What do you want to do/);
        terminal.type("\x03");
        expect((await terminal.exit()).code).toBe(130);
      } finally {
        terminal.kill();
      }
    },
    longest,
  );
});

describeWith(...secretServiceCommands)(
  "the keychain's process of the binary for linux-arm64, emulated",
  () => {
    let service: SecretService;
    beforeAll(async () => {
      if (emulation.met) service = await startSecretService();
    });
    afterAll(() => service?.stop());

    itWith(emulation)(
      "loads the library, and keeps a secret with it",
      async () => {
        const [program = "", ...before] = emulator;
        const child = spawn(program, [...before, emulatedPath, "--keychain-worker"], { env: service.env });
        const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
        const ask = async (method: string, ...parameters: readonly string[]) => {
          child.stdin.write(`${JSON.stringify({ id: 1, method, parameters })}\n`);
          return (await lines.next()).value;
        };
        try {
          expect((await lines.next()).value).toContain("ready");
          expect(await ask("setPassword", "hexuser", "someone", "some secret")).not.toContain("failed");
          expect(await ask("getPassword", "hexuser", "someone")).toContain('"some secret"');
          expect(await service.items()).toContain("someone");
        } finally {
          child.kill("SIGKILL");
        }
      },
      longest,
    );
  },
);
