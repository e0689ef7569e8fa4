import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect } from "vitest";
import { createHelperBackend } from "../src/helper/helper-backend.ts";
import { describeBackendContract } from "./backend-contract.ts";
import { describeWith } from "./requirements.ts";

const page = new URL("../../../docs/secret-managers.md", import.meta.url);

describeWith("jq", "sha256sum")("with the helper that the documentation shows", () => {
  let folder: string;
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const open = async () =>
    createHelperBackend({
      name: "files",
      env: { PATH: `${folder}:${process.env.PATH}`, HOME: folder },
      lockDirectory: join(folder, "locks"),
    });

  describeBackendContract("the backend helper:files", {
    make: async () => {
      folder = await mkdtemp(join(tmpdir(), "hexuser-files-"));
      const path = join(folder, "docker-credential-files");
      const script = /^#!\/bin\/sh\n[\s\S]*?^esac\n/m.exec(await readFile(page, "utf8"))?.[0] ?? "";
      expect(script).not.toBe("");
      await writeFile(path, script);
      await chmod(path, 0o755);
      return open();
    },
    reopen: open,
  });
});
