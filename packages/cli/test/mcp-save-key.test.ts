import { describe, expect, it } from "vitest";
import { isFilePath } from "../src/mcp/save-key.ts";

describe("the path that a model chooses for a key", () => {
  it.each(["/home/me/key", "/home/me/a:b"])("may be %s", (path) => {
    expect(isFilePath(path, "linux")).toBe(true);
  });

  it.each(["key", "./key", "/home/me/", "/home/me/\0key", ""])("may not be %j", (path) => {
    expect(isFilePath(path, "linux")).toBe(false);
  });

  it("may be on a drive of this machine", () => {
    expect(isFilePath("C:\\Users\\me\\key", "win32")).toBe(true);
  });

  it.each([
    "\\\\server\\share\\key",
    "//server/share/key",
    "/\\server\\share\\key",
    "\\\\?\\UNC\\server\\share\\key",
    "C:\\Users\\me\\notes.txt:key",
    "C:key",
    "C:\\Users\\me\\",
  ])("may not be %s on Windows, which is on another machine or not a new file", (path) => {
    expect(isFilePath(path, "win32")).toBe(false);
  });
});
