import type { Download, ReleaseSource } from "./make-release.ts";

/** The formula with which Homebrew installs the released binaries. */
export function homebrewFormula(source: ReleaseSource, downloads: readonly Download[]): string {
  return `class Hexuser < Formula
  desc "Account commands of Hex, without Elixir and Erlang"
  homepage "${source.homepage}"
  version "${source.version}"
  license "Apache-2.0"

${(["macos", "linux"] as const)
  .map((name) => systemBlock(name, source, downloads))
  .filter((block) => block !== "")
  .join("\n\n")}

  def install
    bin.install "hexuser"
    man1.install "hexuser.1"
    bash_completion.install "completions/hexuser.bash" => "hexuser"
    zsh_completion.install "completions/_hexuser"
    fish_completion.install "completions/hexuser.fish"
    doc.install "README.md", "THIRD_PARTY_LICENSES"
  end

  test do
    assert_equal "hexuser #{version}", shell_output("#{bin}/hexuser --version").strip
  end
end
`;
}

function systemBlock(
  name: "macos" | "linux",
  { baseUrl }: ReleaseSource,
  downloads: readonly Download[],
): string {
  const blocks = (["arm64", "x64"] as const).flatMap((arch) => {
    const found = downloads
      .filter((one) => one.platform.system === name && one.platform.arch === arch)
      .sort((a) => (a.format === "tar.xz" ? -1 : 1))[0];
    return found === undefined
      ? []
      : [
          `    on_${arch === "arm64" ? "arm" : "intel"} do
      url "${baseUrl}/${found.name}"
      sha256 "${found.sha256}"
    end`,
        ];
  });
  return blocks.length === 0 ? "" : `  on_${name} do\n${blocks.join("\n")}\n  end`;
}
