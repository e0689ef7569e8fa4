import { readFileSync } from "node:fs";
import type { Download, ReleaseSource } from "./make-release.ts";

/** Makes `install.sh` and `install.ps1` of a release, with its files and their sums. */
export function installScripts(
  { version, baseUrl }: ReleaseSource,
  downloads: readonly Download[],
): Readonly<Record<string, string>> {
  const sums = downloads.map(({ sha256, name }) => `${sha256}  ${name}`).join("\n");
  const values = { VERSION: version, BASE_URL: baseUrl, SUMS: sums };
  return Object.fromEntries(
    ["install.sh", "install.ps1"].map((name) => [name, fill(readFileSync(template(name), "utf8"), values)]),
  );
}

function template(name: string): URL {
  return new URL(`templates/${name}`, import.meta.url);
}

/** Replaces `@NAME@` by values. They are inside quotes, so it refuses a value that could end the quotes. */
function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/@([A-Z_]+)@/g, (placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${placeholder} has no value.`);
    if (/['‘’‚‛`$\\]/.test(value)) throw new Error(`${placeholder} can't hold quotes, $ or \\: ${value}`);
    return value;
  });
}
