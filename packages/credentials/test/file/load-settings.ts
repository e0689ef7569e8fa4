import { createFileBackend } from "../../src/file/file-backend.ts";
import { readSettings } from "../../src/index.ts";

// Runs as a process of its own: `node load-settings.ts ROOT`. Prints the slow modules that were loaded.
const root = process.argv[2] ?? "";
await readSettings(root);
await createFileBackend({ directory: () => root }).read({ profile: "default", origin: "https://hex.pm" });
const { moduleLoadList } = process as unknown as { moduleLoadList: readonly string[] };
console.log(
  JSON.stringify(moduleLoadList.filter((name) => /^NativeModule (node:)?(crypto|sqlite)$/.test(name))),
);
