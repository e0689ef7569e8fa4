import { type CredentialBackend, fail } from "@hexuser/core";
import {
  createFileBackend,
  type HomeEnvironment,
  listProfiles,
  profileDirectory,
} from "@hexuser/credentials";

type MakeBackend = (home: HomeEnvironment) => CredentialBackend;

/** Every place where credentials can be kept, by what stands after `--backend`. */
const backends: Readonly<Record<string, MakeBackend>> = {
  file: (home) =>
    createFileBackend({
      directory: (profile) => profileDirectory(profile, home),
      profiles: () => listProfiles(home),
    }),
};

/** What may stand after `--backend`, the default first. */
export const backendIds: readonly string[] = Object.keys(backends);

/** Makes the backend of that name, and fails with `invalid_input` where there is none. */
export function createBackend(id: string, home: HomeEnvironment): CredentialBackend {
  const make = Object.hasOwn(backends, id) ? backends[id] : undefined;
  if (make === undefined) {
    throw fail("invalid_input", `There is no backend “${id}”.`, {
      hint: `give --backend or HEXUSER_BACKEND one of: ${Object.keys(backends).join(", ")}.`,
    });
  }
  return make(home);
}
