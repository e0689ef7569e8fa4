import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { type Call, outcomesIn, writeDocument } from "../run-document.ts";
import { startHexuser } from "../run-hexuser.ts";
import { prepareRuns } from "../run-stage.ts";
import { createSetting } from "../setting.ts";

const stage = prepareRuns();

describe("four hundred revocations", () => {
  it("wait for the registry's limit, and the registry refuses no request", { timeout: 240_000 }, async () => {
    const limit = 120;
    let windows = 0;
    let fullSince: number | undefined;
    // The registry's minute is in the past, and the next one begins right after the last request of this one.
    const past = Date.now() - 24 * 60 * 60_000;
    let counted: TestRegistry | undefined;
    const limited = await startRegistry("current", {
      settings: { limitLoopback: true, userRateLimit: limit },
      now: () => {
        const taken = counted?.control.requests().requests.length ?? 0;
        if (taken >= limit * (windows + 1)) fullSince ??= Date.now();
        if (fullSince !== undefined && Date.now() >= fullSince + 200) {
          windows += 1;
          fullSince = undefined;
        }
        return past + windows * 60_000;
      },
    });
    counted = limited;
    const own = await createSetting(limited);
    // Syncing to a disk would measure the disk rather than the limit.
    const memory = existsSync("/dev/shm") ? mkdtempSync("/dev/shm/hexuser-") : own.machine.home;
    try {
      const { username } = own.account;
      const names = Array.from({ length: 400 }, (_, index) => `key${index}`);
      for (const name of names) limited.control.createKey({ username, name });
      const { secret } = limited.control.createKey({
        username,
        name: "own",
        permissions: [{ domain: "api" }],
      });
      const path = writeDocument(
        own.machine,
        names.map((name): Call => ["key.revoke", { name }]),
      );
      const { code, stdout, stderr } = await startHexuser(["run", path, "--parallel", "8"], {
        machine: own.machine,
        env: { HEX_API_KEY: secret, XDG_STATE_HOME: memory },
        limit: 240_000,
      }).ended;
      expect([code, outcomesIn(stdout).filter(({ ok }) => ok).length]).toEqual([0, 400]);
      expect(stderr.match(/takes no more requests for now/g)).toHaveLength(3);
      expect(new Set(limited.control.requests().requests.map(({ status }) => status))).toEqual(
        new Set([200]),
      );
    } finally {
      await limited.close();
      rmSync(memory, { recursive: true, force: true });
      own.machine.remove();
    }
  });

  it("wait again if others use up the limit", { timeout: 120_000 }, async () => {
    const reset = () => String(Math.ceil(Date.now() / 1000) + 1);
    const limited = () => ({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset() });
    for (let time = 0; time < 3; time += 1)
      stage.registry.control.addFault({
        method: "POST",
        path: "/api/keys",
        status: 429,
        body: { message: "limit" },
        headers: limited(),
      });
    const path = writeDocument(stage.setting.machine, [["key.generate", { keyName: "one" }]]);
    const { code, stderr } = await stage.run([path]);
    expect([code, stderr.includes("Trying again in")]).toEqual([0, true]);
    expect(stage.sent("POST", "/api/keys").map(({ status }) => status)).toEqual([429, 429, 429, 201]);
  });
});
