import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { StoredCredentials } from "@hexuser/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createKeychainBackend } from "../src/keychain/keychain-backend.ts";
import { openKeychain } from "../src/keychain/open-keychain.ts";
import { describeBackendContract } from "./backend-contract.ts";
import { startScript } from "./file/run-node.ts";
import { type SecretService, secretServiceCommands, startSecretService } from "./keychain/secret-service.ts";
import { describeWith } from "./requirements.ts";

const run = promisify(execFile);
const hexpm = { profile: "default", origin: "https://hex.pm" };

describeWith(...secretServiceCommands)("with a real gnome-keyring", () => {
  let service: SecretService;
  let lockDirectory: string;
  beforeAll(async () => {
    service = await startSecretService();
    lockDirectory = await mkdtemp(join(tmpdir(), "hexuser-locks-"));
  });
  afterAll(async () => {
    await service.stop();
    await rm(lockDirectory, { recursive: true, force: true });
  });
  beforeEach(() => service.clear());
  const open = (options: { longestItem?: number } = {}) =>
    createKeychainBackend({ env: service.env, lockDirectory, ...options });

  describeBackendContract("the keychain backend", {
    make: async () => open(),
    reopen: async () => open(),
  });

  it("stores an item that secret-tool finds by its profile and registry", async () => {
    const backend = open();
    await backend.update(hexpm, async () => ({ apiKey: "shown-s3cret" }));
    const item = ["service", "hexuser", "username", "default@https://hex.pm"];
    const { stdout } = await run("secret-tool", ["lookup", ...item], { env: service.env });
    expect(stdout).toBe('{"apiKey":"shown-s3cret"}');
    expect(backend.location(hexpm)).toBe("the system's keyring (hexuser, default@https://hex.pm)");
    await run("secret-tool", ["clear", ...item], { env: service.env });
    expect(await backend.read(hexpm)).toBeUndefined();
  });

  it("reports an item without JSON or credentials as damaged, without quoting it", async () => {
    for (const text of ["s3cret", '{"s3cret":1}', '{"parts":2,"generation":"0123456789ab","length":10}']) {
      await store(service, "default@https://hex.pm", text);
      const error = await open()
        .read(hexpm)
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        failure: {
          code: "storage_damaged",
          hint: [expect.stringContaining("`secret-tool clear service hexuser"), { call: "auth" }, "."],
        },
      });
      expect(JSON.stringify(error)).not.toContain("s3cret");
    }
  });

  it("lists no items of others", async () => {
    await store(service, "eric", "x");
    await store(service, "default@https://hex.pm/0123456789ab.0", "x");
    expect(await open().list()).toEqual([]);
  });

  it("stores values of 16 KiB and more", async () => {
    const large: StoredCredentials = {
      apiKey: "é\u0000☃".repeat(8 * 1024),
      keys: { read: "x".repeat(1_000_000) },
    };
    const backend = open();
    await backend.update(hexpm, async () => large);
    expect(await backend.read(hexpm)).toEqual(large);
  });

  describe("with small items", () => {
    const small = { longestItem: 1200 };
    const large = (letter: string): StoredCredentials => ({ apiKey: `é${letter}`.repeat(2000) });

    it("stores credentials in several items, and removes the ones left over", async () => {
      const backend = open(small);
      for (const letter of ["a", "b"]) {
        await backend.update(hexpm, async () => large(letter));
        expect(await backend.read(hexpm)).toEqual(large(letter));
        expect(await backend.list()).toEqual([hexpm]);
      }
      // The item itself, and 14,000 characters in items of 1,200.
      expect((await service.items()).match(/^\[\//gm)).toHaveLength(13);
      await backend.update(hexpm, async () => ({ apiKey: "short" }));
      expect((await service.items()).match(/^\[\//gm)).toHaveLength(1);
      await backend.update(hexpm, async () => large("c"));
      await open().update(hexpm, async () => undefined);
      expect(await service.items()).toBe("");
    });

    it("always shows a reader the whole old or new credentials", async () => {
      const backend = open(small);
      const { finished, child } = startScript(
        "../keychain/add-key.ts",
        [lockDirectory, "k", "8", "3000", "1200"],
        {
          env: service.env,
        },
      );
      while (child.exitCode === null) {
        const { apiKey = "", keys } = (await backend.read(hexpm)) ?? {};
        if (apiKey !== "") expect(keys?.read).toBe(String((apiKey.length - 1) % 10).repeat(3000));
      }
      expect(await finished).toMatchObject({ code: 0, stderr: "" });
    });

    it("keeps the old or the new ones if a process is killed, and the next process tidies up", async () => {
      const backend = open(small);
      for (let round = 0; round < 4; round += 1) {
        const before = (await backend.read(hexpm))?.apiKey ?? "";
        const { child, finished, printed } = startScript(
          "../keychain/add-key.ts",
          [lockDirectory, "k", "100", "3000", "1200"],
          { env: service.env },
        );
        await printed("changed");
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
        child.kill("SIGKILL");
        await finished;
        const after = (await backend.read(hexpm))?.apiKey ?? "";
        expect(after.length).toBeGreaterThan(before.length);
        expect(after).toMatch(/^k+$/);
      }
      await backend.update(hexpm, async () => undefined);
      expect(await service.items()).toBe("");
    });
  });

  it("reads an item while another process removes and stores it", async () => {
    const [reader, writer] = [openKeychain({ env: service.env }), openKeychain({ env: service.env })];
    let isDone = false;
    const changes = async () => {
      for (let round = 0; round < 15; round += 1) {
        await writer.setPassword("hexuser", "changing", "text");
        await writer.deletePassword("hexuser", "changing");
      }
      isDone = true;
    };
    const reads = async () => {
      while (!isDone) expect([null, "text"]).toContain(await reader.getPassword("hexuser", "changing"));
    };
    await Promise.all([changes(), reads(), reads()]);
  });

  it("loses nothing if several processes write at once", async () => {
    const running = ["a", "b", "c", "d"].map((letter) =>
      startScript("../keychain/add-key.ts", [lockDirectory, letter, "5"], { env: service.env }),
    );
    for (const { finished } of running) {
      expect(await finished).toMatchObject({ code: 0, stderr: "" });
    }
    const kept = (await open().read(hexpm))?.apiKey ?? "";
    expect([...kept].sort().join("")).toBe("aaaaabbbbbcccccddddd");
  });
});

async function store(service: SecretService, username: string, text: string): Promise<void> {
  const item = ["store", "--label=x", "service", "hexuser", "username", username];
  const storing = run("secret-tool", item, { env: service.env });
  storing.child.stdin?.end(text);
  await storing;
}
