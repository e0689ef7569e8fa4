import { afterAll, beforeAll, describe, expect } from "vitest";
import { emulatedPath, emulation, emulator } from "../packed/emulated-program.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { itWith } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting } from "../setting.ts";

describe("the binary for linux-arm64, emulated", () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry("current-basic-off");
  });
  afterAll(() => registry.close());

  itWith(emulation)(
    "tells its version, signs in, asks, lists keys, and signs out",
    async () => {
      const { account, machine } = await createSetting(registry);
      const { username } = account;
      const { secret } = registry.control.createKey({ username, name: "some-key" });
      const run = (args: readonly string[], stdin = "") =>
        runHexuser(args, { machine, program: emulatedPath, through: emulator, stdin, limit: 150_000 });
      try {
        expect(await run(["--version"])).toMatchObject({ code: 0, stderr: "" });
        expect(await run(["auth", "--with-key"], `${secret}\n`)).toMatchObject({ code: 0 });
        expect(await run(["whoami"])).toMatchObject({ code: 0, stdout: `${username}\n`, stderr: "" });
        expect((await run(["key", "list"])).stdout).toContain("some-key");
        expect(await run(["whoami", "--wrong"])).toMatchObject({ code: 2 });
        expect(await run(["deauth"])).toMatchObject({ code: 0 });
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
        const registered = await runHexuser([...args, "--password-stdin", "--accept-terms"], {
          machine,
          program: emulatedPath,
          through: emulator,
          stdin: "a long enough password\n",
          limit: 150_000,
        });
        expect(registered.stderr).toContain("newcomer");
        expect(registered.code).toBe(0);
      } finally {
        machine.remove();
      }
    },
    600_000,
  );
});
