import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { defineOperation, fail, hint } from "@hexuser/core";
import { z } from "zod";

export const licenses = defineOperation({
  id: "licenses",
  summary: "Print the licences of the software in hexuser",
  description:
    "Prints the licences of the software that hexuser contains: its packages, the library for the keychain, and Node.",
  effect: "read",
  input: z.strictObject({}),
  answers: [],
  output: z.strictObject({ text: z.string() }),
  show: ({ text }) => ({ text }),
  reach: "program",
  async run() {
    return { text: readAsset() ?? readBesides() };
  },
});

/** Reads the licenses that the build put into the binary. Returns `undefined` if this isn't a binary. */
function readAsset(): string | undefined {
  const { isSea, getRawAsset } = process.getBuiltinModule("node:sea");
  const { brotliDecompressSync } = process.getBuiltinModule("node:zlib");
  return isSea()
    ? brotliDecompressSync(new Uint8Array(getRawAsset("licenses.br"))).toString("utf8")
    : undefined;
}

/** Reads the file beside the program, if npm installed it. In the working tree, reads the file beside the binaries. */
function readBesides(): string {
  const folder = dirname(realpathSync(process.argv[1] ?? ""));
  for (const place of ["..", "../../../dist"]) {
    try {
      return readFileSync(join(folder, place, "THIRD_PARTY_LICENSES"), "utf8");
    } catch {}
  }
  throw fail("not_found", "The licences were not collected yet.", {
    hint: hint`run \`npm run package\` in the working tree.`,
  });
}
