import { describe, expect, it } from "vitest";
import { execute } from "../src/index.ts";
import { keyList } from "../src/operations/index.ts";
import { classic, makeContext } from "./test-context.ts";

describe("key.list", () => {
  it("reads leniently with the read key, and sorts by name", async () => {
    const json = [
      { name: "old", permissions: [{ domain: "api", resource: null }], revoked_at: null, last_use: null },
      {
        name: "new",
        permissions: [{ domain: "repository", resource: "acme" }],
        revoke_at: "2027-01-01T00:00:00Z",
        inserted_at: "2026-01-01T00:00:00Z",
        last_use: { used_at: "2026-11-01T00:00:00Z", ip: "127.0.0.1", user_agent: "hex" },
        authing_key: true,
        secret: "must not be shown",
      },
    ];
    const ctx = makeContext({ stored: classic, exchanges: [["GET /keys", { status: 200, json }]] });
    const outcome = await execute(keyList, {}, ctx);
    expect(outcome).toMatchObject({
      output: {
        keys: [
          { name: "new", permissions: ["repository:acme"], expiresAt: "2027-01-01T00:00:00Z", inUse: true },
          { name: "old", permissions: ["api"], lastUse: null, expiresAt: null, inUse: false },
        ],
      },
    });
    expect(JSON.stringify(outcome)).not.toContain("must not be shown");
    expect(ctx.requests[0]?.headers.authorization).toBe("read-secret");
  });
});
