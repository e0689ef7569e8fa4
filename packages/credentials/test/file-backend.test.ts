import { afterEach } from "vitest";
import { describeBackendContract } from "./backend-contract.ts";
import { backendIn, makeHome, type TemporaryHome } from "./file/temporary-home.ts";

let home: TemporaryHome;
afterEach(() => home.remove());

describeBackendContract("the file backend", {
  make: async () => {
    home = await makeHome();
    return home.backend;
  },
  reopen: async () => backendIn(home.root),
});
