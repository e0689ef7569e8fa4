// hexuser with one more backend: a folder in the home that holds a file for each account. This script starts the
// program of the working tree, which finds the backend in its list and knows nothing else about it.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AccountKey, CredentialBackend } from "@hexuser/core";
import { backendKinds } from "@hexuser/credentials/backends";

const fileOf = ({ profile, origin }: AccountKey) => encodeURIComponent(`${profile} ${origin}`);

function openFolder(folder: string): CredentialBackend {
  const read = (account: AccountKey) => {
    const name = readdirSync(folder).find((file) => file === fileOf(account));
    return name === undefined ? undefined : JSON.parse(readFileSync(join(folder, name), "utf8"));
  };
  mkdirSync(folder, { recursive: true });
  return {
    id: "folder",
    available: async () => ({ available: true }),
    location: (account) => join(folder, fileOf(account)),
    list: async () =>
      readdirSync(folder).map((file) => {
        const [profile = "", origin = ""] = decodeURIComponent(file).split(" ");
        return { profile, origin };
      }),
    read: async (account) => read(account),
    async update(account, change) {
      const next = await change(read(account), async () => {});
      const path = join(folder, fileOf(account));
      if (next === undefined) rmSync(path, { force: true });
      else writeFileSync(path, JSON.stringify(next), { mode: 0o600 });
    },
  };
}

backendKinds.push({
  name: "folder",
  isShared: false,
  canKeep: true,
  describe: () => ({ title: "In a folder of mine", means: "Each account has a file of its own." }),
  open: async (_id, { home }) => openFolder(join(home.homedir ?? "", "folder")),
});
