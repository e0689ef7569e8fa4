import { readFileSync, statSync, watch } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMachine, type Machine } from "../hexuser-environment.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { runHexuser, startHexuser } from "../run-hexuser.ts";

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Waits until a program writes something besides the lock in a folder, and a moment longer, so that it reaches the
 * rename or passes it.
 */
function writing(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, (_, name) => {
      if (name?.startsWith(".hexuser.lock")) return;
      watcher.close();
      setTimeout(resolve, Math.random() * 4);
    });
    watcher.unref();
  });
}

/** A key of a new account, and the account's name. */
async function makeKey(registry: TestRegistry): Promise<{ username: string; secret: string }> {
  const { username } = await registry.createAccount();
  return { username, secret: registry.control.createKey({ username, name: "machine" }).secret };
}

describe("ten processes that write the same file at once", () => {
  const registries: TestRegistry[] = [];
  let machine: Machine;
  beforeAll(async () => {
    machine = createMachine();
    for (let made = 0; made < 10; made += 1) registries.push(await startRegistry("current"));
  });
  afterAll(async () => {
    await Promise.all(registries.map((registry) => registry.close()));
    machine.remove();
  });

  it("lose nothing", { timeout: 120_000 }, async () => {
    const signedIn = await Promise.all(
      registries.map(async (registry, index) => {
        // The numbers of accounts differ, so that a mix-up of accounts would show.
        for (let extra = 0; extra < index; extra += 1) await registry.createAccount();
        const { username, secret } = await makeKey(registry);
        return { registry, username, stdin: `${secret}\n` };
      }),
    );
    const ended = await Promise.all(
      signedIn.map(({ registry, stdin }) =>
        runHexuser(["auth", "--with-key", "--api-url", registry.apiUrl], { machine, stdin }),
      ),
    );
    expect(ended.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual(ended.map(() => 0));
    for (const { registry, username } of signedIn) {
      const { stdout, stderr } = await runHexuser(["whoami", "--api-url", registry.apiUrl], { machine });
      expect([stdout, stderr]).toEqual([`${username}\n`, ""]);
    }
  });
});

describe("a process that is killed while it writes", () => {
  let registry: TestRegistry;
  let machine: Machine;
  beforeAll(async () => {
    registry = await startRegistry("classic-2021");
    machine = createMachine({ HEX_API_URL: registry.apiUrl });
  });
  afterAll(async () => {
    await registry.close();
    machine.remove();
  });

  const keep = (secret: string) => startHexuser(["auth", "--with-key"], { machine, stdin: `${secret}\n` });

  it("leaves either the old file or the new one, and no lock", { timeout: 120_000 }, async () => {
    const both = [await makeKey(registry), await makeKey(registry)] as const;
    const begin = performance.now();
    expect((await keep(both[0].secret).ended).code).toBe(0);
    const usual = performance.now() - begin;
    let held = 0;
    const changes: boolean[] = [];
    for (let round = 0; round < 30; round += 1) {
      const wanted = 1 - held;
      const moment = round % 3 === 0 ? sleep(usual * (0.4 + 0.7 * Math.random())) : writing(machine.hexHome);
      const running = keep(both[wanted]?.secret ?? "");
      await Promise.race([moment, running.ended]);
      running.kill("SIGKILL");
      await running.ended;
      const config = readFileSync(machine.configPath, "utf8");
      const holds = both.map(({ secret }) => config.includes(secret));
      expect(holds.filter((isHeld) => isHeld)).toHaveLength(1);
      expect(config.endsWith(".\n")).toBe(true);
      changes.push(holds[wanted] === true);
      held = holds.indexOf(true);
    }
    // Otherwise all kills came too early, or all too late.
    expect(new Set(changes).size).toBe(2);
    const last = await keep(both[1].secret).ended;
    expect(last.code, last.stderr).toBe(0);
    expect((await runHexuser(["whoami"], { machine })).stdout).toBe(`${both[1].username}\n`);
    expect(statSync(machine.configPath).mode & 0o777).toBe(0o600);
  });
});

describe("an interrupted process", () => {
  it("ends with 130 while it waits for the registry", async () => {
    const registry = await startRegistry("current");
    const machine = createMachine({ HEX_API_URL: registry.apiUrl, HEX_API_KEY: "0".repeat(32) });
    try {
      registry.control.addFault({ path: "/api/*", delayMs: 60_000, times: 10 });
      const running = startHexuser(["whoami"], { machine });
      expect(registry.control.faults()[0]?.times).toBe(10);
      while (registry.control.faults()[0]?.times === 10) {
        await sleep(20);
      }
      const begin = performance.now();
      running.kill("SIGINT");
      expect(await running.ended).toMatchObject({ code: 130, stdout: "" });
      expect(performance.now() - begin).toBeLessThan(2000);
    } finally {
      await registry.close();
      machine.remove();
    }
  });
});
