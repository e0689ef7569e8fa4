import http from "node:http";
import {
  type AuthContext,
  type Event,
  FailureError,
  type PublishedFailure,
  phraseHint,
  type Transport,
  TransportError,
} from "@hexuser/core";
import { expect } from "vitest";

export const startTime = Date.UTC(2026, 10, 24);

export interface TestContext extends AuthContext {
  readonly events: Event[];
  /** The milliseconds of every sleep. */
  readonly sleeps: number[];
}

/** A context with real connections whose clock moves only by sleeping. */
export function makeContext(apiUrl: string, overrides: Partial<AuthContext> = {}): TestContext {
  const events: Event[] = [];
  const sleeps: number[] = [];
  let now = startTime;
  return {
    registry: { apiUrl, userAgent: "hexuser/0.1.0 (test)", timeout: 5_000, offline: false },
    http: sendOverHttp,
    hostname: "laptop",
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    clock: {
      now: () => now,
      async sleep(milliseconds) {
        sleeps.push(milliseconds);
        now += milliseconds;
      },
    },
    events,
    sleeps,
    ...overrides,
  };
}

const sendOverHttp: Transport = ({ url, method, headers, body }) =>
  new Promise((resolve, reject) => {
    const dropped = () => reject(new TransportError("dropped", `${new URL(url).origin} hung up`));
    const request = http.request(url, { method, headers, agent: false }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) {
        text += chunk;
      }
      const received = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
      resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(received), body: text });
    });
    request.on("error", dropped);
    request.end(body);
  });

/**
 * Returns the failure of a call. It contains no secret of the test and no long text from the server. The mentions of
 * its hint are written as JSON.
 */
export async function failureOf(call: Promise<unknown> | undefined): Promise<PublishedFailure> {
  const error = await Promise.resolve(call).then(
    () => expect.unreachable("it succeeded"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FailureError);
  const { failure } = error as FailureError;
  expect(JSON.stringify(failure)).not.toMatch(/s3cret/);
  expect(JSON.stringify(failure).length).toBeLessThan(1_000);
  const { hint, ...rest } = failure;
  return hint === undefined ? rest : { ...rest, hint: phraseHint(hint, JSON.stringify) };
}
