import { describe, expect, it } from "vitest";
import { type AuthMethod, execute, fail, type Session } from "../src/index.ts";
import { whoami } from "../src/operations/index.ts";
import { makeContext, makeSessionMethod, now, unauthorized } from "./test-context.ts";

const seconds = now / 1000;
const session = (number: number, secondsLeft = 1800): Session => ({
  accessToken: `access-${number}`,
  refreshToken: `refresh-${number}`,
  expiresAt: seconds + secondsLeft,
});
const me = { status: 200, json: { username: "eric" } };

function refreshing(answer: () => Session): AuthMethod & { sent: Session[] } {
  const sent: Session[] = [];
  const method = makeSessionMethod({
    async refresh(credentials) {
      if (credentials.kind === "session") sent.push(credentials.session);
      return { kind: "session", session: answer() };
    },
  });
  return { ...method, sent };
}

const failing = (code: "network_unreachable" | "authentication_required") =>
  refreshing(() => {
    throw fail(code, "refused");
  });

describe("a session", () => {
  it.each([
    [301, 0],
    [299, 1],
    [-10, 1],
  ])("with %i seconds left is refreshed %i times, and stored before it is used", async (left, times) => {
    const method = refreshing(() => session(2));
    const ctx = makeContext({
      stored: { session: session(1, left) },
      methods: [method],
      exchanges: [
        [
          "GET /users/me",
          ({ headers }) => {
            expect(headers.authorization).toBe(`Bearer ${ctx.stored()?.session?.accessToken}`);
            return me;
          },
        ],
      ],
    });
    expect(await execute(whoami, {}, ctx)).toMatchObject({ ok: true });
    expect(method.sent).toHaveLength(times);
    expect(ctx.stored()?.session).toEqual(session(times === 0 ? 1 : 2, times === 0 ? left : 1800));
  });

  it("without the permission is neither refreshed nor sent again", async () => {
    const method = refreshing(() => session(2));
    const message = "key not authorized for this action";
    const ctx = makeContext({
      stored: { session: session(1) },
      methods: [method],
      exchanges: [["GET /users/me", { status: 401, json: { status: 401, message } }]],
    });
    expect(await execute(whoami, {}, ctx)).toMatchObject({
      ok: false,
      failure: { message: expect.stringContaining("has no permission for this") },
    });
    expect(method.sent).toEqual([]);
  });

  it("is used unchanged if it can't be refreshed now and is still valid", async () => {
    const stored = { session: session(1, 100) };
    const ctx = makeContext({
      stored,
      methods: [failing("network_unreachable")],
      exchanges: [["GET /users/me", me]],
    });
    expect(await execute(whoami, {}, ctx)).toMatchObject({ ok: true });
    expect(ctx.stored()).toEqual(stored);
  });

  it("keeps its tokens if it has expired and can't be refreshed now", async () => {
    const stored = { session: session(1, -1) };
    const ctx = makeContext({ stored, methods: [failing("network_unreachable")] });
    expect(await execute(whoami, {}, ctx)).toMatchObject({ failure: { code: "network_unreachable" } });
    expect(ctx.stored()).toEqual(stored);
  });

  it("has ended if the registry says so about the stored tokens", async () => {
    const ctx = makeContext({
      stored: { session: session(1, 0) },
      methods: [failing("authentication_required")],
    });
    expect(await execute(whoami, {}, ctx)).toMatchObject({
      failure: { code: "authentication_required", details: { reason: "session_ended" } },
    });
  });

  it("is not refreshed again if another process has refreshed it", async () => {
    let reads = 0;
    const method = refreshing(() => session(9));
    const ctx = makeContext({
      methods: [method],
      exchanges: [["GET /users/me", me]],
      backend: {
        read: async () => ({ session: session(1, 0) }),
        update: async (_account, change) => {
          reads += 1;
          const now = { session: session(2) };
          expect(await change(now, async () => {})).toBe(now);
        },
      },
    });
    expect(await execute(whoami, {}, ctx)).toMatchObject({ ok: true });
    expect(method.sent).toEqual([]);
    expect(reads).toBe(1);
    expect(ctx.requests[0]?.headers.authorization).toBe("Bearer access-2");
  });

  it.each([
    [2, { ok: true }],
    [1, { ok: false, failure: { code: "storage_locked" } }],
  ])("is used although the lock stays taken, if session %i is stored by then", async (later, outcome) => {
    let reads = 0;
    const method = refreshing(() => session(9));
    const ctx = makeContext({
      methods: [method],
      exchanges: later === 2 ? [["GET /users/me", me]] : [],
      backend: {
        read: async () => {
          reads += 1;
          return { session: reads === 1 ? session(1, 0) : session(later) };
        },
        update: async () => {
          throw fail("storage_locked", "Another hexuser is changing the credentials.");
        },
      },
    });
    expect(await execute(whoami, {}, ctx)).toMatchObject(outcome);
    expect(method.sent).toEqual([]);
    expect(ctx.requests.map(({ headers }) => headers.authorization)).toEqual(
      later === 2 ? ["Bearer access-2"] : [],
    );
  });

  it("is refreshed once if the registry no longer knows its token", async () => {
    const ctx = makeContext({
      stored: { session: session(1) },
      methods: [refreshing(() => session(2))],
      exchanges: [
        ["GET /users/me", unauthorized("invalid API key")],
        ["GET /users/me", unauthorized("invalid API key")],
      ],
    });
    expect(await execute(whoami, {}, ctx)).toMatchObject({ failure: { code: "authentication_refused" } });
    expect(ctx.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer access-1",
      "Bearer access-2",
    ]);
  });
});
