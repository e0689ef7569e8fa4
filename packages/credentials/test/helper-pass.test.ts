import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoredCredentials } from "@hexuser/core";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { createHelperBackend } from "../src/helper/helper-backend.ts";
import { describeBackendContract } from "./backend-contract.ts";
import { makePassStore, type PassStore, passCommands } from "./helper/pass-store.ts";
import { describeWith } from "./requirements.ts";

let lockDirectory: string;
beforeAll(async () => {
  lockDirectory = await mkdtemp(join(tmpdir(), "hexuser-locks-"));
});
afterAll(() => rm(lockDirectory, { recursive: true, force: true }));

const hexpm = { profile: "default", origin: "https://hex.pm" };
/** 16 KiB, and more than the 64 KiB that Docker's helpers read. */
const long: StoredCredentials[] = [16, 100].map((size) => ({
  apiKey: "é\\".repeat(size * 512),
  keys: { read: "x" },
}));

describeWith(...passCommands)("with a real pass", () => {
  let store: PassStore;
  beforeAll(async () => {
    store = await makePassStore();
  });
  afterAll(() => store.stop());
  const open = async () => createHelperBackend({ name: "pass", env: store.env, lockDirectory });

  describeBackendContract("the backend helper:pass", {
    make: async () => {
      await store.clear();
      return open();
    },
    reopen: open,
  });

  it("stores values of 16 KiB and more", async () => {
    const backend = await open();
    for (const credentials of [...long, ...long.slice(0, 1)]) {
      await backend.update(hexpm, async () => credentials);
      expect(await backend.read(hexpm)).toEqual(credentials);
    }
    await backend.update(hexpm, async () => undefined);
    expect(await store.run("docker-credential-pass", "list")).toBe("{}\n");
  }, 180_000);

  it("stores them where pass shows them", async () => {
    const backend = await open();
    await backend.update(hexpm, async () => ({ apiKey: "shown-s3cret" }));
    const folder = Buffer.from("https://hex.pm/hexuser/default").toString("base64url");
    const padded = folder + "=".repeat((4 - (folder.length % 4)) % 4);
    const shown = await store.run("pass", "show", `docker-credential-helpers/${padded}/hexuser`);
    expect(shown).toBe('{"apiKey":"shown-s3cret"}');
    expect(backend.location(hexpm)).toBe("docker-credential-pass (https://hex.pm/hexuser/default)");
  });
});

describeWith(...passCommands)("with a GPG key under a passphrase that nobody types", () => {
  it("reports that pass could not read, and names the next step", async () => {
    const store = await makePassStore("passphrase");
    onTestFinished(() => store.stop());
    const backend = createHelperBackend({ name: "pass", env: store.env, lockDirectory, limit: 10_000 });
    await store.run("gpgconf", "--kill", "gpg-agent");
    const changing = backend.update(hexpm, async () => ({ apiKey: "s3cret" }));
    await expect(changing).rejects.toMatchObject({
      failure: { code: "storage_unavailable", hint: [expect.stringContaining("gpg")] },
    });
  });
});

describeWith(...passCommands)("with a password store that was never set up", () => {
  it("is unavailable, and tells how to set it up", async () => {
    const home = await mkdtemp(join(tmpdir(), "hexuser-no-pass-"));
    onTestFinished(() => rm(home, { recursive: true }));
    const env = { PATH: process.env.PATH ?? "", HOME: home };
    const usable = (more: Record<string, string> = {}) =>
      createHelperBackend({ name: "pass", env: { ...env, ...more }, lockDirectory }).available();
    expect(await usable()).toEqual({
      available: false,
      why: expect.stringContaining("no store"),
      hint: [expect.stringContaining("`pass init KEY`")],
    });
    expect(await usable({ PASSWORD_STORE_KEY: "hexuser test" })).toEqual({ available: true });
    await mkdir(join(home, "elsewhere"));
    await writeFile(join(home, "elsewhere", ".gpg-id"), "hexuser test\n");
    expect(await usable({ PASSWORD_STORE_DIR: join(home, "elsewhere") })).toEqual({ available: true });
  });

  it("tells how to set it up", async () => {
    const env = { PATH: process.env.PATH ?? "", HOME: lockDirectory };
    const backend = createHelperBackend({ name: "pass", env, lockDirectory });
    await expect(backend.update(hexpm, async () => ({ apiKey: "s3cret" }))).rejects.toMatchObject({
      failure: { code: "storage_write_failed", hint: [expect.stringContaining("pass init")] },
    });
  });
});
