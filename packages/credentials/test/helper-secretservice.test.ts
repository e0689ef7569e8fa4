import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoredCredentials } from "@hexuser/core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createHelperBackend } from "../src/helper/helper-backend.ts";
import { describeBackendContract } from "./backend-contract.ts";
import { type SecretService, secretServiceCommands, startSecretService } from "./keychain/secret-service.ts";
import { describeWith } from "./requirements.ts";

let lockDirectory: string;
beforeAll(async () => {
  lockDirectory = await mkdtemp(join(tmpdir(), "hexuser-locks-"));
});
afterAll(() => rm(lockDirectory, { recursive: true, force: true }));

const hexpm = { profile: "default", origin: "https://hex.pm" };
/** 16 KiB, and more than the 64 KiB that Docker's helpers read. */
const long: StoredCredentials[] = [16, 100].map((size) => ({
  apiKey: "é\\".repeat(size * 512),
  keys: { read: "x" },
}));

describeWith(...secretServiceCommands, "docker-credential-secretservice")(
  "with docker-credential-secretservice",
  () => {
    let service: SecretService;
    beforeAll(async () => {
      service = await startSecretService();
    });
    afterAll(() => service.stop());
    const open = async () => createHelperBackend({ name: "secretservice", env: service.env, lockDirectory });

    describeBackendContract("the backend helper:secretservice", {
      make: async () => {
        await service.clear("docker_cli", "1");
        return open();
      },
      reopen: open,
    });

    it("stores values of 16 KiB and more", async () => {
      const backend = await open();
      for (const credentials of [...long, ...long.slice(0, 1)]) {
        await backend.update(hexpm, async () => credentials);
        expect(await backend.read(hexpm)).toEqual(credentials);
      }
    });

    it("reports a locked keyring, and keeps its content", async () => {
      const backend = await open();
      await backend.update(hexpm, async () => ({ apiKey: "one" }));
      await service.lock();
      await expect(backend.read(hexpm)).rejects.toMatchObject({ failure: { code: "storage_unavailable" } });
      await expect(backend.update(hexpm, async () => undefined)).rejects.toMatchObject({
        failure: { code: expect.stringMatching(/^storage_/) },
      });
    });
  },
);
