import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type SecretService,
  secretServiceCommands,
  startSecretService,
} from "@hexuser/credentials/test/keychain/secret-service";
import { describeWith } from "@hexuser/credentials/test/requirements";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { type DownloadedProgram, downloadProgram, packedBinary } from "../packed/packed-program.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { itWith, mountRights } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting } from "../setting.ts";

let program: DownloadedProgram;
let folder: string;
beforeAll(() => {
  if (packedBinary.met) program = downloadProgram();
  folder = mkdtempSync(join(tmpdir(), "hexuser-library-"));
});
afterAll(() => {
  program?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** The PATH contains neither Node nor anything else. */
const bare = { PATH: "/nowhere" };

/** Starts a program after making its own mounts, which end with it. */
const mounted = (script: string, ...directories: readonly string[]): string[] => [
  ...["/usr/bin/unshare", "--mount", "/bin/sh", "-c"],
  `PATH=/usr/sbin:/usr/bin:/sbin:/bin; ${script}; PATH=/nowhere; shift ${directories.length}; exec "$@"`,
  ...["sh", ...directories],
];

describe("the library for keychains, of the packed binary", () => {
  itWith(packedBinary)(
    "is loaded by two hundred processes at once",
    async () => {
      const request = { id: 1, method: "getPassword", parameters: ["hexuser", "nobody"] };
      const answers = await Promise.all(
        Array.from({ length: 200 }, () =>
          runHexuser(["--keychain-worker"], {
            machine: { home: "/", env: { ...bare, XDG_RUNTIME_DIR: "/nowhere", TMPDIR: folder } },
            program: program.path,
            stdin: `${JSON.stringify(request)}\n`,
            // So many processes take long on a busy machine.
            limit: 300_000,
          }),
        ),
      );
      // The library is loaded and finds no bus.
      for (const { stdout } of answers) {
        expect(stdout).toContain('"failed"');
        expect(stdout).not.toContain("can't be loaded");
      }
      expect(readdirSync(folder)).toEqual([]);
    },
    360_000,
  );

  itWith(packedBinary, mountRights)(
    "says what to do if no directory allows programs",
    async () => {
      const forbidden = join(folder, "noexec");
      mkdirSync(forbidden);
      const { code, stderr } = await runHexuser(["auth", "--with-key", "--backend", "keychain"], {
        machine: {
          home: folder,
          env: {
            ...bare,
            HOME: join(folder, "home"),
            TMPDIR: forbidden,
            HEX_API_URL: "http://127.0.0.1:9/api",
          },
        },
        through: mounted(
          'mount -t tmpfs -o noexec tmpfs "$1" && mount -t tmpfs -o noexec tmpfs /dev/shm',
          forbidden,
        ),
        program: program.path,
        stdin: "some-secret\n",
      });
      expect(stderr).toContain("noexec");
      expect(stderr).toContain("To fix: set XDG_RUNTIME_DIR or TMPDIR");
      expect(code).toBe(5);
    },
    180_000,
  );
});

describeWith(...secretServiceCommands)("the packed binary and the keychain, on a read-only machine", () => {
  let service: SecretService;
  let registry: TestRegistry;
  beforeAll(async () => {
    service = await startSecretService();
    registry = await startRegistry("current-basic-off");
  });
  afterAll(async () => {
    await registry.close();
    await service.stop();
  });

  itWith(packedBinary, mountRights)(
    "reads a key with a home directory, and temporary directories, that are read-only",
    async () => {
      const { account, machine } = await createSetting(registry);
      const { username } = account;
      const { secret } = registry.control.createKey({ username, name: "some-key" });
      const env = { ...service.env, ...machine.env, ...bare, HEXUSER_BACKEND: "keychain" };
      const runtime = service.env.XDG_RUNTIME_DIR ?? "";
      const options = {
        machine: { ...machine, env: { ...env, XDG_RUNTIME_DIR: runtime } },
        program: program.path,
      };
      const temporary = join(folder, "read-only");
      mkdirSync(temporary);
      try {
        const signedIn = await runHexuser(["auth", "--with-key"], { ...options, stdin: `${secret}\n` });
        expect(signedIn).toMatchObject({ code: 0 });
        const before = readdirSync(runtime);
        const asked = await runHexuser(["whoami"], {
          ...options,
          env: { TMPDIR: temporary },
          through: mounted(
            'for each in "$1" "$2"; do mount --bind "$each" "$each" && mount -o remount,bind,ro "$each" || exit 99; done',
            machine.home,
            temporary,
          ),
        });
        expect(asked).toMatchObject({ code: 0, stdout: `${username}\n` });
        expect(readdirSync(runtime)).toEqual(before);
      } finally {
        machine.remove();
      }
    },
    180_000,
  );
});
