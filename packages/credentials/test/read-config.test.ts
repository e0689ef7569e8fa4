import { utimes } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readConfig } from "../src/file/read-config.ts";
import { makeHome, type TemporaryHome } from "./file/temporary-home.ts";

let home: TemporaryHome;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

const whole = '{api_key,<<"s3cret">>}.\n{offline,false}.\n';

describe("a file that mix hex is writing", () => {
  it.each([
    ["empty", ""],
    ["cut within an entry", whole.slice(0, 30)],
    ["cut within a character", Buffer.from('{a,"é').subarray(0, 5)],
  ])("is read again: %s", async (_name, cut) => {
    await home.write(cut);
    const reading = readConfig(home.path);
    setTimeout(() => void home.write(whole), 60);
    expect((await reading).document.entries).toHaveLength(2);
  });

  it("is accepted after a while", async () => {
    await home.write("");
    expect((await readConfig(home.path)).document.entries).toEqual([]);
    await home.write("{cut");
    await expect(readConfig(home.path)).rejects.toMatchObject({ failure: { code: "storage_damaged" } });
  });

  it("is accepted at once if nobody wrote to it lately", async () => {
    await home.write("");
    await utimes(home.path, new Date(0), new Date(0));
    const started = performance.now();
    await readConfig(home.path);
    expect(performance.now() - started).toBeLessThan(40);
  });

  it("counts as empty if it is missing", async () => {
    expect(await readConfig(home.path)).toEqual({ document: { entries: [], rest: "" } });
  });

  it("isn't read whole if it is huge", async () => {
    await home.write(Buffer.alloc(3 * 1024 * 1024, "%"));
    await utimes(home.path, new Date(0), new Date(0));
    await expect(readConfig(home.path)).rejects.toMatchObject({
      failure: { code: "storage_damaged", message: expect.stringContaining("larger than 1024 KiB") },
    });
  });
});
