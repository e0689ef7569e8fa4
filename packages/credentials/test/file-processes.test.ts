import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseConfig } from "../src/file/config-document.ts";
import { createFileBackend } from "../src/file/file-backend.ts";
import { withLock } from "../src/file/process-lock.ts";
import { startScript } from "./file/run-node.ts";
import { makeHome, type TemporaryHome } from "./file/temporary-home.ts";

let home: TemporaryHome;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

const hexpm = { profile: "default", origin: "https://hex.pm" };
const temporaryFiles = async () => (await readdir(home.root)).filter((name) => name.endsWith(".tmp"));

describe("several processes", () => {
  it("lose nothing and print no warning if ten write at once", async () => {
    const names = Array.from({ length: 10 }, (_, index) => `p${index}`);
    const running = names.map((name) => startScript("add-key.ts", [home.root, name, "3"]));
    for (const { finished } of running) {
      expect(await finished).toMatchObject({ code: 0, stderr: "" });
    }
    const added = (await home.backend.read(hexpm))?.apiKey?.split(",").slice(0, -1).sort();
    expect(added).toEqual(names.flatMap((name) => [name, name, name]));
    for (const name of names) {
      const account = { profile: "default", origin: `https://${name}.example` };
      expect(await home.backend.read(account)).toEqual({ apiKey: "xxx" });
    }
    expect(await temporaryFiles()).toEqual([]);
  });

  it("always show a reader the whole old or new file", async () => {
    const filler = `{filler,<<"${"x".repeat(100_000)}">>}.\n`;
    await home.write(filler);
    const { finished, child } = startScript("add-key.ts", [home.root, "k", "40"]);
    let reads = 0;
    while (child.exitCode === null) {
      const text = await home.read();
      expect(text.startsWith(filler) && text.endsWith("}.\n")).toBe(true);
      reads += 1;
    }
    expect((await finished).code).toBe(0);
    expect(reads).toBeGreaterThan(100);
  });

  it("leave the whole old or new file and no lock if they are killed at any moment", {
    timeout: 120_000,
  }, async () => {
    // The file is so large that writing can be interrupted.
    const filler = `{filler,<<"${"x".repeat(100_000)}">>}.\n`;
    await home.write(filler);
    let written = 0;
    for (let round = 0; round < 15; round += 1) {
      const { child, finished, printed } = startScript("add-key.ts", [home.root, "k", "1000"]);
      await printed("changed");
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
      child.kill("SIGKILL");
      await finished;
      const text = await home.read();
      parseConfig(Buffer.from(text), home.path);
      expect(text.startsWith(filler)).toBe(true);
      const now = (await home.backend.read(hexpm))?.apiKey ?? "";
      expect(now).toMatch(/^(k,)+$/);
      expect(now.length).toBeGreaterThan(written);
      written = now.length;
    }
    await home.backend.update(hexpm, async () => ({ apiKey: "free" }));
    expect(await home.backend.read(hexpm)).toEqual({ apiKey: "free" });
  });

  it("remove only the files of a killed writer", async () => {
    const running = `.hex.config.hexuser-${process.pid}.0123456789ab.tmp`;
    const dead = ".hex.config.hexuser-2147483647.0123456789ab.tmp";
    const fresh = ".hex.config.hexuser-2147483647.0123456789ac.tmp";
    const foreign = ".hex.config.hexuser-mine.tmp";
    for (const name of [running, dead, fresh, foreign]) {
      await writeFile(join(home.root, name), "s3cret");
    }
    for (const name of [running, dead, foreign]) {
      await utimes(join(home.root, name), new Date(0), new Date(0));
    }
    await home.backend.update(hexpm, async () => ({ apiKey: "k" }));
    expect((await temporaryFiles()).sort()).toEqual([running, fresh, foreign].sort());
  });
});

describe("the lock", () => {
  it("makes other processes wait, but not for ever", async () => {
    const { child, finished, printed } = startScript("hold-lock.ts", [home.root]);
    await printed("held");
    const impatient = createFileBackend({ directory: () => home.root, lockWait: 200 });
    await expect(impatient.update(hexpm, async () => ({ apiKey: "k" }))).rejects.toMatchObject({
      failure: { code: "storage_locked", hint: expect.any(Array) },
    });
    expect(await impatient.read(hexpm)).toBeUndefined();
    expect(await readdir(home.root)).toEqual([".hexuser.lock"]);
    const patient = home.backend.update(hexpm, async () => ({ apiKey: "k" }));
    child.kill("SIGKILL");
    await finished;
    await patient;
    expect(await home.backend.read(hexpm)).toEqual({ apiKey: "k" });
  });

  it("makes callers in one process wait, too, without stalling it", async () => {
    const path = join(home.root, "lock");
    const order: string[] = [];
    const { promise: first, resolve: finish } = Promise.withResolvers<void>();
    const running = withLock(path, async () => {
      await first;
      order.push("first");
    });
    const late = withLock(path, async () => order.push("late"), 50);
    await expect(late).rejects.toMatchObject({ failure: { code: "storage_locked" } });
    const second = withLock(path, async () => order.push("second"));
    finish();
    await Promise.all([running, second]);
    expect(order).toEqual(["first", "second"]);
  });

  it("is refused if it isn't a lock file", async () => {
    await writeFile(join(home.root, ".hexuser.lock"), "x".repeat(4096));
    await expect(home.backend.update(hexpm, async () => ({ apiKey: "k" }))).rejects.toMatchObject({
      failure: { code: "storage_write_failed", message: expect.stringContaining(".hexuser.lock") },
    });
  });
});
