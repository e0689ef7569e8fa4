import type { RegistryMemory, RegistryTraits } from "@hexuser/core";
import { type HomeEnvironment, pathOf } from "@hexuser/credentials/directories";
import { readPlain } from "@hexuser/credentials/read-plain";
import { makePrivateDirectory, replaceWhole } from "@hexuser/credentials/whole-file";
import { cacheDirectory } from "./home.ts";

/** Milliseconds; after that the registry is asked again. */
const goodFor = 86_400_000;
/** Bytes. */
const largest = 64 * 1024;

/**
 * Remembers in the person's cache directory what a registry can do, a small file for each. Nothing secret lies
 * there, and nothing depends on it: what can't be read is forgotten, what can't be written is not remembered. Without
 * threads, as `hex.config` is read: handing them some bytes takes longer than the bytes.
 */
export function createRegistryCache(apiUrl: string, home: HomeEnvironment): RegistryMemory {
  const { join } = pathOf(home.platform);
  const cache = cacheDirectory(home);
  if (cache === undefined) return { recall: async () => ({}), learn: async () => {} };
  const directory = join(cache, "registries");
  // Most commands never ask, and Node takes milliseconds to load what hashes.
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
