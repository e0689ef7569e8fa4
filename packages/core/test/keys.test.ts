import { describe, expect, it } from "vitest";
import { execute, TransportError } from "../src/index.ts";
import { keyGenerate, keyList, keyRevoke } from "../src/operations/index.ts";
import { makeContext } from "./test-context.ts";

describe("a registry without keys", () => {
  const nobody = ["GET /auth?domain=api", { status: 404 }] as const;

  it.each([
    [keyList, {}, [["GET /keys", { status: 404 }], nobody]],
    [keyGenerate, {}, [["POST /keys", { status: 404 }], nobody]],
    [keyRevoke, { all: true }, [["GET /keys", { status: 404 }], nobody]],
    [
      keyRevoke,
      { name: "ci" },
      [
        ["DELETE /keys/ci", { status: 404 }],
        ["GET /keys", { status: 404 }],
        ["GET /keys", { status: 404 }],
        nobody,
      ],
    ],
  ] as const)("is distinguished from one that lacks this key: $id", async (operation, input, exchanges) => {
    const ctx = makeContext({ stored: { apiKey: "k" }, exchanges });
    expect(await execute(operation, input, ctx)).toMatchObject({
      failure: { code: "not_supported", hint: expect.arrayContaining([{ option: "apiUrl" }]) },
    });
    expect(ctx.left()).toEqual([]);
  });
});

describe("a change without an answer", () => {
  const late = new TransportError("timeout", "no answer from https://registry.test within 1 s");
  const dropped = new TransportError("dropped", "the connection ended");

  it.each([
    ["a key that is made, by a timeout", keyGenerate, {}, "POST /keys", late],
    ["a key that is made, by a dropped connection", keyGenerate, {}, "POST /keys", dropped],
    ["a key that is made, by an error of the registry", keyGenerate, {}, "POST /keys", { status: 502 }],
    [
      "a key that is made, by an answer that is none",
      keyGenerate,
      {},
      "POST /keys",
      { status: 200, text: "<p>" },
    ],
    ["a key that is revoked", keyRevoke, { name: "ci" }, "DELETE /keys/ci", dropped],
  ] as const)("may have happened: %s", async (_, operation, input, request, reply) => {
    const ctx = makeContext({ stored: { apiKey: "k" }, exchanges: [[request, reply]] });
    expect(await execute(operation, input, ctx)).toMatchObject({
      failure: {
        details: { mayHaveHappened: true },
        hint: expect.arrayContaining([{ call: "key.list" }]),
      },
    });
    expect(ctx.left()).toEqual([]);
  });

  it("may have happened if it was interrupted", async () => {
    const given = new AbortController();
    const late = new TransportError("aborted", "the request was given up");
    const abort = () => {
      given.abort();
      throw late;
    };
    const context = { signal: given.signal };
    const ctx = makeContext({ stored: { apiKey: "k" }, exchanges: [["POST /keys", abort]], context });
    expect(await execute(keyGenerate, {}, ctx)).toMatchObject({
      failure: { code: "interrupted", details: { mayHaveHappened: true } },
    });
  });

  it.each([
    ["nothing was sent", new TransportError("unreachable", "refused")],
    ["the connection was still being made", new TransportError("timeout", "late", { wasSent: false })],
    ["the registry refused it", { status: 422, json: { errors: {} } }],
  ])("has not happened if %s", async (_, reply) => {
    const ctx = makeContext({ stored: { apiKey: "k" }, exchanges: [["POST /keys", reply]] });
    const outcome = await execute(keyGenerate, {}, ctx);
    expect(outcome).toMatchObject({ ok: false });
    expect(outcome).not.toHaveProperty("failure.details.mayHaveHappened");
  });
});
