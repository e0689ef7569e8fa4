import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect } from "vitest";
import {
  type SecretService,
  secretServiceCommands,
  startSecretService,
} from "../../packages/credentials/test/keychain/secret-service.ts";
import { describeWith } from "../../packages/credentials/test/requirements.ts";
import { emulatedPath, emulation, emulator } from "../packed/emulated-program.ts";
import { bothKinds, startRegistry, type TestRegistry } from "../registry.ts";
import { itWith } from "../requirements.ts";
import { type RunOptions, runHexuser } from "../run-hexuser.ts";
import { createSetting, localPassword } from "../setting.ts";
import { openTerminal } from "../terminal.ts";

const emulated = (args: readonly string[], options: Pick<RunOptions, "machine" | "stdin">) =>
  runHexuser(args, { ...options, program: emulatedPath, through: emulator, limit: 150_000 });

describe.each(bothKinds)("the binary for linux-arm64, emulated, at a registry like %s", (kind) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry(kind);
  });
  afterAll(() => registry.close());

  itWith(emulation)(
    "signs in, asks, makes, lists and revokes keys, and signs out",
    async () => {
      const { account, machine, isClassic } = await createSetting(registry);
      const { username, password } = account;
      const { secret } = registry.control.createKey({
        username,
        name: "some-key",
        permissions: [{ domain: "api" }],
      });
      const run = (args: readonly string[], stdin = "") => emulated(args, { machine, stdin });
      const [how, secrets] = isClassic
        ? [
            ["--username", username, "--password-stdin", "--local-password-stdin"],
            [password, localPassword],
          ]
        : [["--with-key"], [secret]];
      const [open, opening] = isClassic ? [["--local-password-stdin"], `${localPassword}\n`] : [[], ""];
      try {
        expect(await run(["--version"])).toMatchObject({ code: 0, stderr: "" });
        expect(await run(["auth", ...how], `${secrets.join("\n")}\n`)).toMatchObject({ code: 0 });
        expect(await run(["whoami"])).toMatchObject({ code: 0, stdout: `${username}\n`, stderr: "" });
        const made = await run(
          ["key", "generate", "--key-name", "new", "--permission", "api:read", ...open],
          opening,
        );
        expect(made).toMatchObject({ code: 0 });
        expect((await run(["key", "list"])).stdout).toMatch(/^new .*api:read/m);
        expect(await run(["key", "revoke", "new", ...open], opening)).toMatchObject({ code: 0 });
        expect((await run(["--complete", "fish", "=some", "key", "revoke"])).stdout).toContain("some-key");
        expect(await run(["whoami", "--wrong"])).toMatchObject({ code: 2 });
        expect(await run(["deauth", ...open], opening)).toMatchObject({ code: 0 });
        expect(await run(["whoami", "--no-input"])).toMatchObject({ code: 4 });
      } finally {
        machine.remove();
      }
    },
    600_000,
  );

  itWith(emulation)(
    "makes an account",
    async () => {
      const { machine } = await createSetting(registry);
      const args = ["register", "--username", "newcomer", "--email", "newcomer@example.com"];
      try {
        const registered = await emulated([...args, "--password-stdin", "--accept-terms"], {
          machine,
          stdin: "a long enough password\n",
        });
        expect(registered.stderr).toContain("newcomer");
        expect(registered.code).toBe(0);
      } finally {
        machine.remove();
      }
    },
    600_000,
  );

  itWith(emulation)(
    "asks on a terminal, step by step",
    async () => {
      const { machine } = await createSetting(registry);
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
        machine.remove();
      }
    },
    600_000,
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
      600_000,
    );
  },
);
