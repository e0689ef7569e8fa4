import { type Transport, TransportError } from "@hexuser/core";
import { describe, expect, it } from "vitest";
import { createChangeWatch } from "../../src/run/change-watch.ts";

const answer =
  (status: number): Transport =>
  async () => ({ status, headers: {}, body: "" });
const failing =
  (kind: ConstructorParameters<typeof TransportError>[0]): Transport =>
  async () => {
    throw new TransportError(kind, "");
  };

async function watchOne(method: string, transport: Transport, signal?: AbortSignal) {
  const watch = createChangeWatch(transport);
  watch.begin();
  const request = { method, url: "https://registry.test/api/keys", headers: {}, timeout: 1, signal };
  await watch.http(request).catch(() => {});
  return [watch.hasUnanswered(), watch.mayHaveChanged()];
}

describe("a request", () => {
  it.each([
    ["POST", answer(201), false, true],
    ["DELETE", answer(204), false, true],
    ["POST", answer(422), false, false],
    ["POST", answer(429), false, false],
    ["POST", answer(503), false, false],
    ["DELETE", answer(500), true, true],
    ["POST", answer(504), true, true],
    ["POST", failing("dropped"), true, true],
    ["POST", failing("timeout"), true, true],
    ["POST", failing("aborted"), true, true],
    ["POST", failing("unreachable"), false, false],
    ["POST", failing("tls"), false, false],
    ["GET", answer(200), false, false],
    ["GET", failing("dropped"), false, false],
  ])(
    "%s shows what may have changed, with and without an answer (%#)",
    async (method, transport, unanswered, changed) => {
      expect(await watchOne(method, transport)).toEqual([unanswered, changed]);
    },
  );

  it("that was never sent has changed nothing", async () => {
    expect(await watchOne("POST", failing("aborted"), AbortSignal.abort())).toEqual([false, false]);
  });
});
