import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRegistryCache } from "../src/host/registry-cache.ts";

describe("the memory of registries", () => {
  let home: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "hexuser-cache-"));
  });

  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const memory = (apiUrl = "https://hex.example/api", env: Record<string, string> = {}) =>
    createRegistryCache(apiUrl, { env, homedir: home, platform: "linux" });

  it("is separate for each registry, and grows", async () => {
    await memory().learn({ oauth: true });
    await memory().learn({ basic: false });
    expect(await memory().recall()).toEqual({ oauth: true, basic: false });
    expect(await memory("https://other.example/api").recall()).toEqual({});
    const directory = join(home, ".cache/hexuser/registries");
    const [file = ""] = readdirSync(directory);
    expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
  });

  it.each(["", "[]", "null", '{"oauth":"yes"}', "{"])(
    "ignores content that it can't read: %j",
    async (text) => {
      await memory().learn({ oauth: true });
      const directory = join(home, ".cache/hexuser/registries");
      writeFileSync(join(directory, readdirSync(directory)[0] ?? ""), text);
      expect(await memory().recall()).toEqual({});
    },
  );

  it("never fails if it can't write", async () => {
    writeFileSync(join(home, "file"), "");
    const full = memory("https://hex.example/api", { XDG_CACHE_HOME: join(home, "file") });
    await full.learn({ oauth: true });
    expect(await full.recall()).toEqual({});
  });
});
