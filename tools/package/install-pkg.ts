import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm } from "./fetch-package.ts";

const folder = fileURLToPath(new URL("pkg", import.meta.url));

/** Installs pkg as its own lockfile says, if it isn't there yet. */
export function installPkg(): void {
  const stamp = join(folder, "node_modules/.lockfile-sha256");
  const wanted = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  npm(["ci", "--ignore-scripts", "--loglevel=error"], folder);
  writeFileSync(stamp, wanted);
}
