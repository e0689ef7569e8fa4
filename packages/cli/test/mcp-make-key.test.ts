import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HttpRequest, HttpResponse } from "@hexuser/core";
import { describe, expect, it } from "vitest";
import { finishChanges } from "../src/mcp/make-key.ts";
import { isProgramPath, isReserved } from "../src/mcp/save-key.ts";

describe("places for a key", () => {
  it("can't be in the directories of hexuser and mix hex, through any path", async () => {
    const home = realpathSync(mkdtempSync(join(tmpdir(), "hexuser-places-")));
    try {
      mkdirSync(join(home, "own", "deep"), { recursive: true });
      symlinkSync(join(home, "own"), join(home, "link"));
      const own = [join(home, "link"), join(home, "missing")];
      expect(await isReserved(join(home, "own", "deep"), "key", own)).toBe(true);
      expect(await isReserved(join(home, "own"), "key", own)).toBe(true);
      expect(await isReserved(home, "Missing", own)).toBe(true);
      expect(await isReserved(home, ".bash_profile", own)).toBe(true);
      expect(await isReserved(join(home, ".ssh"), "key", own)).toBe(true);
      expect(await isReserved(home, "key", own)).toBe(false);
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it("can't be a helper by the path of its program", () => {
    expect(["helper:/usr/bin/make", "helper:..\\x", "helper:pass"].map(isProgramPath)).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe("a change whose call is cancelled", () => {
  const answer: HttpResponse = { status: 201, headers: {}, body: "{}" };
  const post = {
    method: "POST",
    url: "https://hex.example/api/keys",
    headers: {},
    timeout: 1000,
  } as HttpRequest;

  it("gets its answer, if the answer comes in time", async () => {
    const { promise, resolve } = Promise.withResolvers<HttpResponse>();
    const call = new AbortController();
    const http = finishChanges(({ signal }) => {
      signal?.addEventListener("abort", () => resolve({ ...answer, status: 0 }));
      return promise;
    }, new AbortController().signal);
    const sent = http({ ...post, signal: call.signal });
    call.abort();
    await new Promise((done) => setTimeout(done, 20));
    resolve(answer);
    expect(await sent).toEqual(answer);
  });

  it("is aborted after a while, and can't begin any more", async () => {
    const call = new AbortController();
    const http = finishChanges(
      ({ signal }) =>
        new Promise((_, reject) => {
          if (signal?.aborted) reject(new Error("given up"));
          signal?.addEventListener("abort", () => reject(new Error("given up")));
        }),
      new AbortController().signal,
      { cancelled: 1, ending: 1 },
    );
    const sent = http({ ...post, signal: call.signal });
    call.abort();
    await expect(sent).rejects.toThrow("given up");
    await expect(http({ ...post, signal: call.signal })).rejects.toThrow("given up");
  });
});
