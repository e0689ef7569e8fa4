import {
  type AccountKey,
  type Context,
  type CredentialBackend,
  execute,
  type Session,
  type StoredCredentials,
} from "@hexuser/core";
import { describe, expect, it } from "vitest";
import { backendMove } from "../src/commands/backend-move.ts";
import type { ProfileSettings } from "../src/host/profile-settings.ts";

const account: AccountKey = { profile: "default", origin: "https://hex.example" };

const session = (name: string, expiresAt: number): StoredCredentials => ({
  session: { accessToken: `access ${name}`, refreshToken: `refresh ${name}`, expiresAt } satisfies Session,
});

function backend(id: string, held: { value?: StoredCredentials | undefined }): CredentialBackend {
  return {
    id,
    available: async () => ({ available: true }),
    location: () => id,
    list: async () => (held.value === undefined ? [] : [{ ...account, assumed: false }]),
    read: async () => held.value,
    update: async (_account, change) => {
      held.value = await change(held.value, async () => {});
    },
  };
}

/** Moves credentials, given the content of each place, and returns the content afterwards. */
async function move(to: string, before: Record<string, StoredCredentials>, set: ProfileSettings) {
  const places = new Map(
    ["first", "second", "third"].map((id) => [id, { value: before[id] as StoredCredentials | undefined }]),
  );
  let settings = set;
  const ctx = {
    profile: account.profile,
    signal: new AbortController().signal,
    backends: {
      inUse: settings.backend ?? "first",
      describe: () => ({ canKeep: true }),
      make: async (id: string) => backend(id, places.get(id) ?? {}),
      settings: () => settings,
      choose: async (chosen: ProfileSettings) => {
        settings = chosen;
      },
    },
  } as unknown as Context;
  const outcome = await execute(backendMove, { to }, ctx, {});
  const after = Object.fromEntries([...places].flatMap(([id, { value }]) => (value ? [[id, value]] : [])));
  return { outcome, after, settings };
}

describe("a move that was interrupted after it chose the new place", () => {
  const interrupted = { backend: "second", leaving: "first" };

  it("keeps the session that was refreshed in the new place meanwhile", async () => {
    const before = { first: session("old", 1000), second: session("new", 2000) };
    const { outcome, after, settings } = await move("second", before, interrupted);
    expect(outcome.ok).toBe(true);
    expect(after).toEqual({ second: session("new", 2000) });
    expect(settings).toEqual({ backend: "second" });
  });

  it("keeps the credentials of a new sign-in", async () => {
    const before = { first: session("old", 1000), second: { apiKey: "new" } };
    expect((await move("second", before, interrupted)).after).toEqual({ second: { apiKey: "new" } });
  });

  it("moves the session that was refreshed in the old place", async () => {
    const before = { first: session("new", 2000), second: session("old", 1000) };
    expect((await move("second", before, interrupted)).after).toEqual({ second: session("new", 2000) });
  });

  it("can be reversed", async () => {
    const before = { first: session("old", 1000), second: session("new", 2000) };
    const { after, settings } = await move("first", before, interrupted);
    expect(after).toEqual({ first: session("new", 2000) });
    expect(settings).toEqual({ backend: "first" });
  });

  it("must be finished before another one, which would lose credentials", async () => {
    const before = { first: session("old", 1000), second: session("new", 2000), third: { apiKey: "other" } };
    const { outcome, after, settings } = await move("third", before, interrupted);
    expect(outcome).toMatchObject({ ok: false, failure: { code: "invalid_input" } });
    expect(after).toEqual(before);
    expect(settings).toEqual(interrupted);
  });
});
