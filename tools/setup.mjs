// Installs the packages in package-lock.json unless they are there already. Runs on any Node and imports nothing,
// because it comes before everything else: `npm start` and `npm test` call it on a fresh clone.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const stamp = "node_modules/.lockfile-sha256";
const wanted = createHash("sha256").update(readFileSync("package-lock.json")).digest("hex");

if (read(stamp) !== wanted) {
  console.error("Installing the dependencies that package-lock.json names (once)…");
  const { status } = spawnSync("npm", ["ci", "--loglevel=error"], {
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error("npm could not install the dependencies. See the messages above.");
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
