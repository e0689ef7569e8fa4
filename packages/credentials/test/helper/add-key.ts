import { join } from "node:path";
import { createHelperBackend } from "../../src/helper/helper-backend.ts";

// Runs as a process of its own: `node add-key.ts FOLDER LETTER TIMES`. Adds a letter to the item of the helper `fake` in
// the folder, that many times, and prints a line when it begins.
const [folder = "", letter = "", times = "1"] = process.argv.slice(2);
const backend = createHelperBackend({
  name: "fake",
  env: { PATH: `${folder}:${process.env.PATH}` },
  lockDirectory: join(folder, "locks"),
});
console.log("begun");
for (let round = 0; round < Number(times); round += 1) {
  await backend.update({ profile: "default", origin: "https://hex.pm" }, async (now) => ({
    apiKey: (now?.apiKey ?? "") + letter,
  }));
}
