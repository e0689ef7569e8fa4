import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keyringAddon } from "../package/build-binary.ts";
import { binaryName, platforms } from "../package/platforms.ts";
import { readVersionResource } from "../package/version-resource.ts";
import { binaryFolder, workspaceRoot } from "../workspace.ts";
import { readFormat, readSections } from "./executable-format.ts";

const formats = { linux: "ELF", macos: "Mach-O", win: "PE" } as const;

/** Node looks for this in itself; pkg sets the last digit if a program is inside. */
const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:";

/** A text in parts of the program, but not in the file that runs first. */
const insideParts = ["/oauth/device_authorization", "PRAGMA journal_mode", "What do you want to do?"];

/** On CI, every binary must exist. */
const isDemanded = (path: string) => existsSync(path) || Boolean(process.env.CI);

for (const platform of platforms) {
  const path = join(binaryFolder, binaryName(platform));
  const reason = isDemanded(path) ? "" : " (left out, because it wasn't built: npm run package)";
  describe.runIf(isDemanded(path))(`the binary for ${platform.id}${reason}`, () => {
    it("has the format and the processor of its platform, and a program inside", () => {
      const bytes = readFileSync(path);
      expect(readFormat(bytes)).toEqual({ format: formats[platform.system], arch: platform.arch });
      expect(bytes.includes(`${fuse}1`)).toBe(true);
      expect(bytes.includes(`${fuse}0`)).toBe(false);
      for (const text of insideParts) expect(bytes.includes(text)).toBe(true);
    });

    it("contains the complete keychain library of its platform", () => {
      const addon = readFileSync(keyringAddon(platform));
      expect(readFormat(addon)).toEqual({ format: formats[platform.system], arch: platform.arch });
      expect(readFileSync(path).includes(addon)).toBe(true);
    });

    if (platform.system === "win") {
      it("has a version resource for Windows", () => {
        const { version } = JSON.parse(readFileSync(join(workspaceRoot, "package.json"), "utf8"));
        expect(readVersionResource(path)).toMatchObject({
          ProductName: "hexuser",
          ProductVersion: version,
          FileVersion: version,
          OriginalFilename: "hexuser.exe",
        });
      });

      it("has sections that don't overlap", () => {
        let end = 0;
        for (const section of readSections(readFileSync(path)).sort((a, b) => a.start - b.start)) {
          expect(section.start).toBeGreaterThanOrEqual(end);
          end = section.end;
        }
      });
    }
  });
}
