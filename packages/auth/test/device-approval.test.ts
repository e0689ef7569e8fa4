import { TransportError } from "@hexuser/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deviceMethod } from "../src/device/device-method.ts";
import { failureOf, makeContext } from "./auth-context.ts";
import {
  denied,
  deviceCode,
  expired,
  invalidClient,
  ok,
  pending,
  type Reply,
  refused,
  type StubRegistry,
  slowDown,
  startStubRegistry,
  tokens,
} from "./stub-registry.ts";

let server: StubRegistry;
beforeEach(async () => {
  server = await startStubRegistry();
});
afterEach(() => server.close());

const method = deviceMethod();

/** A context, and a sign-in whose polls get these answers. */
function poll(replies: readonly Reply[], code: object = deviceCode) {
  server.reply("/oauth/device_authorization", ok(code));
  server.reply("/oauth/token", ...replies);
  const ctx = makeContext(server.apiUrl);
  return { ctx, session: method.acquire({}, ctx) };
}

const unavailable = { status: 503, text: "<html>" };
const limited = { status: 429, json: { message: "API rate limit exceeded" } };

describe("polling", () => {
  it("uses the registry's interval, and tells the remaining time", async () => {
    const { ctx, session } = poll([pending, pending, ok(tokens)], { ...deviceCode, interval: 7 });
    expect(await session).toMatchObject({ kind: "session" });
    expect(ctx.sleeps).toEqual([7_000, 7_000, 7_000]);
    expect(ctx.events.slice(1)).toEqual(
      [600, 593, 586].map((secondsLeft) => ({ type: "device_pending", secondsLeft })),
    );
  });

  it("slows down by five seconds after each request to do so, permanently", async () => {
    const { ctx, session } = poll([slowDown, pending, slowDown, pending, ok(tokens)]);
    await session;
    expect(ctx.sleeps).toEqual([5_000, 10_000, 10_000, 15_000, 15_000]);
  });

  it("never polls faster than once a second", async () => {
    const { ctx, session } = poll([pending, ok(tokens)], { ...deviceCode, interval: 0.001 });
    await session;
    expect(ctx.sleeps).toEqual([1_000, 1_000]);
  });

  it("survives temporary failures with growing pauses, and returns to its pace", async () => {
    const { ctx, session } = poll(["drop", unavailable, limited, "drop", pending, ok(tokens)]);
    expect(await session).toMatchObject({ session: { accessToken: tokens.access_token } });
    expect(ctx.sleeps).toEqual([5_000, 10_000, 20_000, 30_000, 30_000, 5_000]);
  });

  it("ends when the code expires, also at the last moment", async () => {
    const { ctx, session } = poll([pending], { ...deviceCode, expires_in: 12 });
    expect(await failureOf(session)).toEqual({
      code: "authentication_refused",
      message: "The code expired before it was approved.",
      hint: 'run {"call":"auth"} again, and approve the new code in the browser. For a new account, open the link in the registry\'s email first.',
    });
    expect(ctx.sleeps).toEqual([5_000, 5_000, 2_000]);
  });

  it("waits at most an hour, whatever the registry says", async () => {
    const { ctx, session } = poll([pending], { ...deviceCode, expires_in: 1e12, interval: 1e9 });
    await failureOf(session);
    expect(ctx.sleeps).toEqual([3_600_000]);
  });

  it("reports the network failure if the network was down at the end", async () => {
    const { session } = poll([pending, "drop"], { ...deviceCode, expires_in: 30 });
    expect((await failureOf(session)).code).toBe("network_unreachable");
  });

  it.each([
    ["denied", denied, "The sign-in was denied in the browser.", '{"call":"auth"}'],
    ["expired", expired, "The code expired before it was approved.", 'run {"call":"auth"} again'],
    [
      "unknown code",
      refused(400, "invalid_grant", "Invalid device code"),
      "The registry doesn't accept",
      '{"call":"auth"}',
    ],
    ["unknown client", invalidClient, "The registry doesn't know the program", "clientId"],
  ] as const)("ends at once: %s", async (_what, reply, message, hint) => {
    const { session } = poll([pending, reply]);
    const failure = await failureOf(session);
    expect(failure.code).toBe("authentication_refused");
    expect(failure.message).toContain(message);
    expect(failure.hint).toContain(hint);
    expect(server.received).toHaveLength(3);
  });

  it("ends at once if the certificate isn't accepted", async () => {
    server.reply("/oauth/device_authorization", ok(deviceCode));
    const { http } = makeContext(server.apiUrl);
    const ctx = makeContext(server.apiUrl, {
      http: (request) =>
        request.url.endsWith("/token")
          ? Promise.reject(new TransportError("tls", "the certificate was not accepted"))
          : http(request),
    });
    expect((await failureOf(method.acquire({}, ctx))).message).toBe("the certificate was not accepted");
    expect(ctx.sleeps).toHaveLength(1);
  });

  it("stops if the person interrupts it while it waits or sends a request", async () => {
    server.reply("/oauth/device_authorization", ok(deviceCode));
    server.reply("/oauth/token", pending);
    const controller = new AbortController();
    const reason = new Error("interrupted");
    const waiting = makeContext(server.apiUrl, {
      signal: controller.signal,
      clock: {
        now: () => 0,
        async sleep(_milliseconds, signal) {
          controller.abort(reason);
          signal?.throwIfAborted();
        },
      },
    });
    await expect(method.acquire({}, waiting)).rejects.toBe(reason);
    expect(server.received).toHaveLength(1);

    const { http } = makeContext(server.apiUrl);
    const aborted = new TransportError("aborted", "given up");
    const asking = makeContext(server.apiUrl, {
      http: (request) => (request.url.endsWith("/token") ? Promise.reject(aborted) : http(request)),
    });
    await expect(method.acquire({}, asking)).rejects.toBe(aborted);
  });
});
