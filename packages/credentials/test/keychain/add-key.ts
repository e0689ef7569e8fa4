import { createKeychainBackend } from "../../src/keychain/keychain-backend.ts";

// Runs as a process of its own, in a session: `node add-key.ts LOCKS LETTER TIMES [FILLER]`. Adds a letter to
// the item in the keychain, that many times, with that many characters of filler. Prints a line per change.
const [lockDirectory = "", letter = "", times = "1", filler = "0", longestItem = ""] = process.argv.slice(2);
const backend = createKeychainBackend({
  env: process.env,
  lockDirectory,
  ...(longestItem === "" ? {} : { longestItem: Number(longestItem) }),
});
console.log("begun");
for (let round = 0; round < Number(times); round += 1) {
  await backend.update({ profile: "default", origin: "https://hex.pm" }, async (now) => ({
    apiKey: (now?.apiKey ?? "") + letter,
    ...(filler === "0" ? {} : { keys: { read: String(round % 10).repeat(Number(filler)) } }),
  }));
  console.log("changed");
}
