import { readdirSync, readFileSync } from "node:fs";
import { createKeychainBackend } from "../../src/keychain/keychain-backend.ts";

// Runs as a process of its own, in a session with a locked keyring: `node exit-while-asking.ts LOCKS`. Exits with
// 7 while it reads, after it has printed the number of the process that talks to the keychain.
const backend = createKeychainBackend({ env: process.env, lockDirectory: process.argv[2] ?? "" });
void backend.read({ profile: "default", origin: "https://hex.pm" }).catch(() => undefined);
await new Promise((resolve) => setTimeout(resolve, 1000));
const children = readdirSync("/proc").filter((pid) => {
  try {
    return new RegExp(`^PPid:\\t${process.pid}$`, "m").test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
});
console.log(`worker ${children[0]}`);
process.exit(7);
