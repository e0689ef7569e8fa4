import type { RegistryMemory, RegistryTraits } from "@hexuser/core";
import { type HomeEnvironment, pathOf } from "@hexuser/credentials/directories";
import { readPlain } from "@hexuser/credentials/read-plain";
import { makePrivateDirectory, replaceWhole } from "@hexuser/credentials/whole-file";
import { cacheDirectory } from "./home.ts";

/** Milliseconds. After that, hexuser asks the registry again. */
const goodFor = 86_400_000;
/** Bytes. */
const largest = 64 * 1024;

/**
 * Remembers what a registry can do, in a small file for each registry in the person's cache directory. The file has no
 * secret and nothing depends on it, so errors are ignored. It's read and written synchronously, because starting a
 * thread would take longer.
 */
export function createRegistryCache(apiUrl: string, home: HomeEnvironment): RegistryMemory {
  const { join } = pathOf(home.platform);
  const cache = cacheDirectory(home);
  if (cache === undefined) return { recall: async () => ({}), learn: async () => {} };
  const directory = join(cache, "registries");
  // Most commands never need the path, and Node takes milliseconds to load the hash function.
  const cachePath = () => {
    const { hash } = process.getBuiltinModule("node:crypto");
    return join(directory, `${hash("sha256", apiUrl).slice(0, 32)}.json`);
  };
  return {
    async recall() {
      try {
        const { bytes, status } = readPlain(cachePath(), largest);
        const isFresh = Math.abs(Date.now() - Number(status.mtimeMs)) < goodFor;
        return isFresh ? toTraits(JSON.parse(bytes.toString())) : {};
      } catch {
        return {};
      }
    },
    async learn(traits) {
      try {
        const known = await this.recall();
        makePrivateDirectory(directory);
        replaceWhole(cachePath(), JSON.stringify({ apiUrl, ...known, ...traits }));
      } catch {}
    },
  };
}

function toTraits(value: unknown): RegistryTraits {
  const { oauth, basic } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return {
    ...(typeof oauth === "boolean" ? { oauth } : {}),
    ...(typeof basic === "boolean" ? { basic } : {}),
  };
}
