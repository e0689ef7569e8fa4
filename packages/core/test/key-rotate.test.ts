import { describe, expect, it } from "vitest";
import { keyList, keyRotate } from "../src/operations/index.ts";
import { successorName } from "../src/rotation/successor.ts";
import { carryOut, createWorld, Death, day, type World } from "./key-world.ts";
import { now } from "./test-context.ts";

const nameOf = (world: World, secret: string | undefined) =>
  world.keys.find((key) => key.secret === secret)?.name;
const names = (world: World) => world.keys.map(({ name }) => name).sort();
const told = (world: World) =>
  world.events.map((event) => ("message" in event ? event.message : "")).join("\n");

interface Situation {
  readonly world: World;
  /** The key signs from the environment. */
  readonly env?: true;
}

/** What signs, what the machine keeps, and who has the old key. */
const situations: Readonly<Record<string, () => Situation>> = {
  "another key signs": () => {
    const world = createWorld(["signer", "ci"]);
    world.stored = { apiKey: "secret-signer" };
    world.received = "secret-ci";
    return { world };
  },
  "the key itself signs from the environment": () => {
    const world = createWorld(["ci"]);
    world.received = "secret-ci";
    return { world, env: true };
  },
  "the machine keeps the key": () => {
    const world = createWorld(["ci"]);
    world.stored = { apiKey: "secret-ci" };
    return { world };
  },
  "the machine keeps it under a local password": () => {
    const world = createWorld(["ci"]);
    world.stored = { keys: { write: { sealed: "local|secret-ci" }, names: { write: "ci" } } };
    return { world };
  },
  "the machine keeps it as a write key without encryption": () => {
    const world = createWorld(["ci"]);
    world.stored = { keys: { write: "secret-ci", names: { write: "ci" } } };
    return { world };
  },
};

async function rotate({ world, env }: Situation, input: object = {}) {
  const more = env === true ? { credentials: envCredentials(world) } : {};
  return carryOut(keyRotate, { name: "ci", ...input }, world, { more, answers: { localPassword: "local" } });
}

/** The key that the machine keeps. */
function keptBy({ stored }: World): string | undefined {
  const write = stored?.keys?.write;
  return stored?.apiKey ?? (typeof write === "object" ? write.sealed.replace("local|", "") : write);
}

/** The person has put what was received into HEX_API_KEY. */
function envCredentials({ received = "" }: World) {
  return {
    id: "env",
    isEnvironment: true as const,
    readOnly: { why: "it can't be stored", hint: [] },
    available: async () => ({ available: true }) as const,
    location: () => "HEX_API_KEY",
    list: async () => [],
    read: async () => ({ apiKey: received }),
    update: async () => Promise.reject(new Error("not expected")),
  };
}

describe("key.rotate", () => {
  it.each(Object.entries(situations))("replaces the key if %s", async (_, situate) => {
    const situation = situate();
    const { world } = situation;
    const outcome = await rotate(situation);
    expect(outcome).toMatchObject({ output: { name: "ci-2026-11", replaces: "ci", permissions: ["api"] } });
    expect(names(world)).toEqual([...names(world).filter((name) => name === "signer"), "ci-2026-11"].sort());
    expect(nameOf(world, world.received)).toBe("ci-2026-11");
    expect(world.journal).toEqual([]);
    const kept = keptBy(world);
    if (kept !== undefined) expect(["signer", "ci-2026-11"]).toContain(nameOf(world, kept));
    if (world.stored?.keys !== undefined) expect(world.stored.keys.names?.write).toBe("ci-2026-11");
    if (situation.env !== undefined) expect(told(world)).toContain("The key in HEX_API_KEY is revoked now");
  });

  it.each([
    ["ci", [], "ci-2026-11"],
    ["ci-2026-10", [], "ci-2026-11"],
    ["ci-2026-10-3", ["ci-2026-10"], "ci-2026-11"],
    ["ci-2026-11", ["ci-2026-11"], "ci-2026-11-2"],
    ["ci-2026-11-2", ["ci-2026-11-2"], "ci-2026-11-3"],
    ["ci", ["ci-2026-11-x", "ci-2026-1"], "ci-2026-11"],
    ["release-2026-13", [], "release-2026-13-2026-11"],
  ])("names the successor of %s among %j %s", (name, taken, expected) => {
    expect(successorName(name, taken, now)).toBe(expected);
  });

  it("gives an expiry of the same length, and the same permissions", async () => {
    const revokeAt = new Date(now + 60 * day).toISOString();
    const world = createWorld(["signer", "ci"], { revoke_at: revokeAt });
    world.stored = { apiKey: "secret-signer" };
    const outcome = await rotate({ world });
    expect(outcome).toMatchObject({ output: { expiresAt: new Date(now + 90 * day).toISOString() } });
  });

  it("keeps both for the time of grace, and a later call finishes", async () => {
    const situation = situations["another key signs"]?.() as Situation;
    const { world } = situation;
    expect(await rotate(situation, { grace: "24h" })).toMatchObject({ ok: true });
    expect(names(world)).toEqual(["ci", "ci-2026-11", "signer"]);
    const early = await rotate(situation);
    expect(early).toMatchObject({
      output: { name: "ci-2026-11", graceUntil: new Date(now + day).toISOString() },
    });
    expect(names(world)).toEqual(["ci", "ci-2026-11", "signer"]);
    world.now += 2 * day;
    const late = await rotate(situation);
    expect(late).toMatchObject({ output: { name: "ci-2026-11" } });
    expect((late as { output: object }).output).not.toHaveProperty("secret");
    expect(names(world)).toEqual(["ci-2026-11", "signer"]);
    expect(world.journal).toEqual([]);
  });

  it("never revokes a later key of the same name, and forgets a rotation whose old key is gone", async () => {
    const situation = situations["another key signs"]?.() as Situation;
    const { world } = situation;
    await rotate(situation, { grace: "24h" });
    world.keys.splice(
      world.keys.findIndex(({ name }) => name === "ci"),
      1,
    );
    expect(await carryOut(keyList, {}, world, {})).toMatchObject({ ok: true });
    expect(told(world)).not.toContain("not revoked yet");
    expect(world.journal).toEqual([]);

    await rotate(situation, { name: "ci-2026-11", grace: "24h" });
    const index = world.keys.findIndex(({ name }) => name === "ci-2026-11");
    const [old] = world.keys.splice(index, 1);
    const later = { ...old, secret: "secret-later", inserted_at: new Date(world.now + 1000).toISOString() };
    world.keys.push(later as (typeof world.keys)[number]);
    world.now += 2 * day;
    expect(await rotate(situation, { name: "ci-2026-11" })).toMatchObject({
      output: { isNew: true, replaces: "ci-2026-11", name: "ci-2026-11-3" },
    });
    expect(names(world)).toEqual(["ci-2026-11-2", "ci-2026-11-3", "signer"]);
  });

  it("fails for a key that isn't there, and for a second call at the same time", async () => {
    const situation = situations["another key signs"]?.() as Situation;
    expect(await rotate(situation, { name: "cj" })).toMatchObject({
      failure: {
        code: "not_found",
        hint: [expect.stringContaining("did you mean “ci”"), expect.anything(), "."],
      },
    });
    expect(situation.world.journal).toEqual([]);
  });

  it("revokes a successor that the registry doesn't accept, and keeps the old key", async () => {
    const situation = situations["another key signs"]?.() as Situation;
    const { world } = situation;
    world.step = (what) => {
      const key = world.keys.find(({ name }) => name === "ci-2026-11");
      if (what === "before GET /api/auth" && key !== undefined) Object.assign(key, { secret: "another" });
    };
    expect(await rotate(situation)).toMatchObject({
      failure: { code: "registry_refused", message: expect.stringContaining("It was revoked again") },
    });
    expect(names(world)).toEqual(["ci", "signer"]);
    expect(world.journal).toEqual([]);
  });
});

describe("a rotation that dies", () => {
  it.each(Object.entries(situations))(
    "at any point leaves a working key, and can be finished if %s",
    async (_, situate) => {
      const counting = situate();
      let steps = 0;
      counting.world.step = () => {
        steps += 1;
      };
      await rotate(counting);
      expect(steps).toBeGreaterThan(18);
      for (let first = 0; first < steps; first += 1)
        for (let second = first === 0 ? -1 : 0; second < steps; second += 3)
          await dieTwice(situate(), first, second);
    },
  );
});

/** Dies at a step of the first call, at a step of the second one, and looks at the world meanwhile and in the end. */
async function dieTwice(situation: Situation, first: number, second: number) {
  const { world } = situation;
  const where: string[] = [];
  for (const at of [first, second]) {
    let count = 0;
    world.step = (what) => {
      checkWorld(world, where);
      if (count === at) {
        where.push(what);
        throw new Death(what);
      }
      count += 1;
    };
    await rotate(situation).catch(() => undefined);
    checkWorld(world, where);
  }
  world.step = () => checkWorld(world, where);
  const isDone = !names(world).includes("ci");
  const outcome = await rotate(situation);
  const context = JSON.stringify({ where, outcome, names: names(world), journal: world.journal });
  if (isDone && !outcome.ok) expect(outcome.failure.code, context).toMatch(/not_found/);
  else expect(outcome.ok, context).toBe(true);
  expect(world.journal, context).toEqual([]);
  // Each key that is left is known to somebody.
  const known = [world.received, keptBy(world), "secret-signer"];
  const lost = world.keys.filter(({ secret }) => !known.includes(secret)).map(({ name }) => name);
  expect(lost, context).toEqual([]);
  expect(
    names(world).filter((name) => name.startsWith("ci")),
    context,
  ).toHaveLength(1);
}

/** At every moment, the receiver has a key that works, and so has the machine. */
function checkWorld(world: World, where: readonly string[]) {
  const context = JSON.stringify({ where, names: names(world), journal: world.journal });
  const works = (secret: unknown) => world.keys.some((key) => key.secret === secret);
  if (world.received !== undefined) expect(works(world.received), context).toBe(true);
  const kept = keptBy(world);
  if (kept !== undefined) expect(works(kept), context).toBe(true);
}
