import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The strings of a program's version resource by name, which Windows shows. */
export type VersionStrings = Readonly<Record<string, string>>;

interface Executable {
  generate(): ArrayBuffer;
}

interface Resources {
  readonly entries: unknown[];
  outputResource(executable: Executable): void;
}

interface VersionInfo {
  setFileVersion(version: string): void;
  setProductVersion(version: string): void;
  getStringValues(language: Language): Record<string, string>;
  removeAllStringValues(language: Language): void;
  setStringValues(language: Language, values: VersionStrings): void;
  getAllLanguagesForStringValues(): Language[];
  outputToResourceEntries(entries: Resources["entries"]): void;
}

interface Language {
  readonly lang: number;
  readonly codepage: number;
}

/** The part of the library that we use. It is installed with pkg, which not every checkout has. */
interface Resedit {
  readonly NtExecutable: { from(bytes: Uint8Array, options: { ignoreCert: boolean }): Executable };
  readonly NtExecutableResource: { from(executable: Executable): Resources };
  readonly Resource: { readonly VersionInfo: { fromEntries(entries: Resources["entries"]): VersionInfo[] } };
}

const require = createRequire(new URL("pkg/package.json", import.meta.url));

/**
 * Changes the name and version that Windows shows for a program. The program loses its signature, which would no
 * longer be valid. Call it before pkg adds the program; afterwards it would remove that.
 *
 * Node's icon stays. Without it, the sections behind the resources would move to other addresses, where pkg doesn't find
 * them.
 */
export function setVersionResource(file: string, version: string, strings: VersionStrings): void {
  const { NtExecutable, NtExecutableResource, Resource } = require("resedit") as Resedit;
  const executable = NtExecutable.from(readFileSync(file), { ignoreCert: true });
  const resources = NtExecutableResource.from(executable);
  for (const info of Resource.VersionInfo.fromEntries(resources.entries)) {
    info.setFileVersion(version);
    info.setProductVersion(version);
    for (const language of info.getAllLanguagesForStringValues()) {
      info.removeAllStringValues(language);
      info.setStringValues(language, strings);
    }
    info.outputToResourceEntries(resources.entries);
  }
  resources.outputResource(executable);
  writeFileSync(file, new Uint8Array(executable.generate()));
}

/** The description of a Windows program. */
export function readVersionResource(file: string): VersionStrings {
  const { NtExecutable, NtExecutableResource, Resource } = require("resedit") as Resedit;
  const resources = NtExecutableResource.from(NtExecutable.from(readFileSync(file), { ignoreCert: true }));
  const [info] = Resource.VersionInfo.fromEntries(resources.entries);
  const [language] = info?.getAllLanguagesForStringValues() ?? [];
  return info && language ? info.getStringValues(language) : {};
}
