import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { createKeychainBackend } from "../src/keychain/keychain-backend.ts";
import { describeBackendContract } from "./backend-contract.ts";
import { type SecretService, secretServiceCommands, startSecretService } from "./keychain/secret-service.ts";
import { describeWith } from "./requirements.ts";

describeWith(...secretServiceCommands)("with a real gnome-keyring", () => {
  let service: SecretService;
  let lockDirectory: string;
  beforeAll(async () => {
    service = await startSecretService();
    lockDirectory = await mkdtemp(join(tmpdir(), "hexuser-locks-"));
  });
  afterAll(async () => {
    await service.stop();
    await rm(lockDirectory, { recursive: true, force: true });
  });
  const open = async (longestItem?: number) =>
    createKeychainBackend({
      env: service.env,
      lockDirectory,
      ...(longestItem === undefined ? {} : { longestItem }),
    });

  describeBackendContract("the keychain backend", {
    make: async () => {
      await service.clear();
      return open();
    },
    reopen: () => open(),
  });
});
