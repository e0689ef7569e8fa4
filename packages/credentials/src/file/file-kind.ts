import type { BackendKind } from "../backend-kind.ts";

export const fileKind: BackendKind = {
  name: "file",
  isShared: true,
  canKeep: true,
  describe: () => ({
    title: "In a file",
    means: "In the hex.config of mix hex, so that both programs use the same sign-in.",
  }),
  async open(_id, { home }) {
    const [{ createFileBackend }, { listProfiles, profileDirectory }] = await Promise.all([
      import("./file-backend.ts"),
      import("./profiles.ts"),
    ]);
    return createFileBackend({
      directory: (profile) => profileDirectory(profile, home),
      profiles: () => listProfiles(home),
    });
  },
};
