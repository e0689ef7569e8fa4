import { backendIn } from "./temporary-home.ts";

// Runs as a process of its own: `node add-key.ts ROOT NAME TIMES`. Adds a letter to the account of an origin and
// to the one that all share, that many times. Prints a line when it begins, and one per change.
const [root = "", name = "", times = "1"] = process.argv.slice(2);
const backend = backendIn(root);
const add = (origin: string, text: string) =>
  backend.update({ profile: "default", origin }, async (now) => ({ apiKey: (now?.apiKey ?? "") + text }));

console.log("begun");
for (let round = 0; round < Number(times); round += 1) {
  await add(`https://${name}.example`, "x");
  await add("https://hex.pm", `${name},`);
  console.log("changed");
}
