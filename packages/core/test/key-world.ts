import type { HttpRequest } from "../src/index.ts";
import {
  type Answers,
  type Context,
  type Event,
  execute,
  fail,
  type KeyJournal,
  type Operation,
  type StoredCredentials,
  settle,
  type UnfinishedKey,
} from "../src/index.ts";
import { makeContext, now } from "./test-context.ts";

/** A key at the registry of this world. */
interface WorldKey {
  readonly name: string;
  readonly secret: string;
  readonly permissions: readonly { domain: string; resource?: string }[];
  readonly revoke_at: string | null;
  readonly inserted_at: string;
  last_use: { used_at: string } | null;
}

/** The process has died. Everything outside of it stays as it was at that moment. */
export class Death extends Error {}

/** Everything that outlives a process: the registry, the journal, the backend, and the receiver of the secret. */
export interface World {
  readonly keys: WorldKey[];
  readonly events: Event[];
  journal: UnfinishedKey[];
  stored: StoredCredentials | undefined;
  /** What the receiver of the secret has. */
  received: string | undefined;
  /** Milliseconds since the UNIX epoch. */
  now: number;
  /** Called before and after every effect. It throws for a death, or looks whether everything is as it should be. */
  step(what: string): void;
}

export const day = 86_400_000;

/** A world whose account has these keys; the first one signs. */
export function createWorld(names: readonly string[], rest: Partial<WorldKey> = {}): World {
  const keys = names.map((name) => ({
    name,
    secret: `secret-${name}`,
    permissions: [{ domain: "api" }],
    revoke_at: null,
    inserted_at: new Date(now - 30 * day).toISOString(),
    last_use: null,
    ...rest,
  }));
  return { keys, events: [], journal: [], stored: undefined, received: undefined, now, step() {} };
}

let made = 0;

/** A context of a new process in a world. */
export function enterWorld(world: World, more: Partial<Context> = {}): Context {
  const context = makeContext();
  const held = new Set<string>();
  const around = async <T>(what: string, run: () => T | Promise<T>): Promise<T> => {
    world.step(`before ${what}`);
    const value = await run();
    world.step(`after ${what}`);
    return value;
  };
  const journal: KeyJournal = {
    list: async () => world.journal.map((entry) => ({ ...entry, isBusy: held.has(entry.id) })),
    async hold(id) {
      if (held.has(id)) throw fail("storage_locked", "held");
      held.add(id);
    },
    note: (entry) =>
      around(`noting ${entry.phase}`, () => {
        if ("isBusy" in entry) throw new Error("this is not for the journal");
        world.journal = [...world.journal.filter(({ id }) => id !== entry.id), entry];
      }),
    end: (id) =>
      around("ending the entry", () => {
        world.journal = world.journal.filter((entry) => entry.id !== id);
      }),
    release: async (id) => void held.delete(id),
  };
  return {
    ...context,
    clock: { ...context.clock, now: () => world.now },
    emit: (event) => world.events.push(event),
    keyJournal: async () => journal,
    http: (request) =>
      around(`${request.method} ${new URL(request.url).pathname}`, () => answer(world, request)),
    credentials: {
      ...context.credentials,
      read: async () => world.stored,
      update: async (_account, change) => {
        const next = await change(world.stored, async () => {});
        if (next === world.stored) return;
        await around("storing", () => {
          world.stored = next;
        });
      },
    },
    ...more,
  };
}

function answer(world: World, { method, url, headers, body }: HttpRequest) {
  const path = new URL(url).pathname.replace("/api", "");
  const reply = (status: number, json: unknown) => ({ status, headers: {}, body: JSON.stringify(json) });
  const signer = world.keys.find(({ secret }) => secret === headers.authorization);
  if (signer === undefined) return reply(401, { status: 401, message: "API key revoked" });
  signer.last_use = { used_at: new Date(world.now).toISOString() };
  const show = ({ secret: _, ...key }: WorldKey) => ({ ...key, authing_key: key.name === signer.name });
  if (path === "/auth") return { status: 204, headers: {}, body: "" };
  if (path === "/users/me") return reply(200, { username: "ada" });
  if (!signer.permissions.some(({ domain, resource }) => domain === "api" && resource !== "read"))
    return reply(401, { status: 401, message: "key not authorized for this action" });
  if (method === "GET") return reply(200, world.keys.map(show));
  if (method === "DELETE") {
    const name = decodeURIComponent(path.split("/").at(-1) ?? "");
    const at = world.keys.findIndex((key) => key.name === name);
    const [gone] = at < 0 ? [] : world.keys.splice(at, 1);
    return gone === undefined
      ? reply(404, { status: 404, message: "Page not found" })
      : reply(200, show(gone));
  }
  const wanted = JSON.parse(body ?? "{}");
  const isTaken = (name: string) => world.keys.some((key) => key.name === name);
  let name = wanted.name;
  for (let number = 2; isTaken(name); number += 1) name = `${wanted.name}-${number}`;
  made += 1;
  const key: WorldKey = {
    name,
    secret: `secret-${made}`,
    permissions: wanted.permissions,
    revoke_at: wanted.revoke_at ?? null,
    inserted_at: new Date(world.now).toISOString(),
    last_use: null,
  };
  world.keys.push(key);
  return reply(201, { ...show(key), secret: key.secret });
}

/** Executes an operation as front ends do: it hands over the secret, and then carries out the second half. */
export async function carryOut(
  // biome-ignore lint/suspicious/noExplicitAny: any operation
  operation: Operation<any, any>,
  input: unknown,
  world: World,
  options: { readonly more?: Partial<Context>; readonly answers?: Answers } = {},
) {
  const ctx = enterWorld(world, options.more);
  const outcome = await execute(operation, input, ctx, options.answers);
  if (!outcome.ok) return outcome;
  const { secret } = outcome.output;
  if (typeof secret === "string") {
    world.step("before the delivery");
    world.received = secret;
    world.step("after the delivery");
  }
  const end = await settle(operation, outcome.output, ctx, options.answers ?? {}, true);
  return end.ok ? outcome : end;
}
