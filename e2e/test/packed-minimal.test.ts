import { afterAll, beforeAll, describe, expect } from "vitest";
import { systemRights } from "../packed/debian-system.ts";
import { type MinimalSystem, provideSystem, releases } from "../packed/minimal-system.ts";
import { packedBinary } from "../packed/packed-program.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { itWith } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";

describe.each(releases)("the packed binary on a minimal Debian %s", (release) => {
  let registry: TestRegistry;
  let system: MinimalSystem | undefined;
  beforeAll(async () => {
    registry = await startRegistry("current-basic-off");
    if (packedBinary.met && systemRights.met) system = await provideSystem(release);
  }, 600_000);
  afterAll(() => registry.close());

  const run = (args: readonly string[], stdin = "") =>
    runHexuser(args, {
      ...(system ?? {}),
      machine: {
        home: "/",
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", HEX_API_URL: registry.apiUrl },
      },
      stdin,
      limit: 150_000,
    });

  itWith(packedBinary, systemRights)(
    "prints its version, signs in, asks the registry, and signs out",
    async () => {
      const { username } = await registry.createAccount();
      const { secret } = registry.control.createKey({ username, name: "some-key" });
      expect(await run(["--version"])).toMatchObject({ code: 0, stderr: "" });
      expect(await run(["auth", "--with-key"], `${secret}\n`)).toMatchObject({ code: 0 });
      expect(await run(["whoami"])).toMatchObject({ code: 0, stdout: `${username}\n` });
      expect((await run(["key", "list"])).stdout).toContain("some-key");
      expect(await run(["deauth"])).toMatchObject({ code: 0 });
      expect(await run(["whoami", "--no-input"])).toMatchObject({ code: 4 });
    },
    600_000,
  );

  itWith(packedBinary, systemRights)(
    "loads the keychain's library, and says what is missing to use it",
    async () => {
      const { code, stderr } = await run(["auth", "--with-key", "--backend", "keychain"], "some-secret\n");
      expect(code).not.toBe(0);
      expect(stderr).toContain("To fix:");
      expect(stderr).not.toContain("can't be loaded");
    },
    600_000,
  );
});
