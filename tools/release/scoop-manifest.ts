import type { Download, ReleaseSource } from "./make-release.ts";

/** The manifest with which Scoop installs the released binaries on Windows. */
export function scoopManifest(source: ReleaseSource, downloads: readonly Download[]): string {
  const windows = downloads.filter(({ format }) => format === "7z");
  const architecture = windows.map(({ platform, name, sha256 }) => [
    platform.arch === "arm64" ? "arm64" : "64bit",
    { url: `${source.baseUrl}/${name}`, hash: sha256, extract_dir: name.replace(/\.7z$/, "") },
  ]);
  const manifest = {
    version: source.version,
    description: "Account commands of Hex, without Elixir and Erlang",
    homepage: source.homepage,
    license: "Apache-2.0",
    notes: "Completion: hexuser completion powershell | Out-String | Invoke-Expression, in your profile.",
    architecture: Object.fromEntries(architecture),
    bin: "hexuser.exe",
  };
  return `${JSON.stringify(manifest, null, 4)}\n`;
}
