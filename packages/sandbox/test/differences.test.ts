import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GenerationName, type Sandbox, startSandbox } from "../src/index.ts";
import { recordedAnswers } from "./recorded-differences.ts";
import { sendRequest } from "./send-request.ts";

const servers: readonly GenerationName[] = ["classic-2021", "classic-2026", "current-basic-off"];

describe.each(servers)("what %s answered when it was compared", (generation) => {
  let sandbox: Sandbox;
  let key: string;
  let session: string;

  beforeAll(async () => {
    const now = Date.UTC(2026, 10, 24, 12);
    sandbox = await startSandbox({ generation, now: () => now });
    await sandbox.control.createUser({ username: "alice", twoFactor: true });
    sandbox.control.createOrganization({ name: "acme", owner: "alice" });
    key = sandbox.control.createKey({ username: "alice", name: "base" }).secret;
    session = sandbox.control.openSession({ username: "alice" }).accessToken;
  });

  afterAll(() => sandbox.close());

  const asked = recordedAnswers.filter((recorded) => recorded.servers?.includes(generation) ?? true);

  it.each(asked)("$title", async ({ method, path, as, json, after, revoked, ...recorded }) => {
    if (revoked !== undefined) sandbox.control.createKey({ username: "alice", name: revoked });
    const credentials = { key, session: `Bearer ${session}` };
    const send = (code: string) =>
      sendRequest(
        method,
        sandbox.url + path,
        {
          accept: path.toLowerCase().startsWith("/api") ? "application/json" : "text/html",
          ...(as && { authorization: credentials[as] }),
          ...(as === "session" && method !== "GET" && { "x-hex-otp": code }),
        },
        json as object | undefined,
      );
    if (after === "five wrong codes") {
      const statuses = [];
      for (let count = 0; count < 6; count += 1) statuses.push((await send("abcdef")).status);
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    }
    const answer = await send(sandbox.control.totpCode("alice").code);
    await free((json ?? {}) as { name?: string });
    const headers = Object.keys(recorded.headers ?? {}).map((name) => [name, answer.headers[name]]);
    expect({ status: answer.status, headers: Object.fromEntries(headers), body: answer.json }).toMatchObject({
      status: recorded.status,
      headers: recorded.headers ?? {},
      ...(recorded.body !== undefined && { body: expected(recorded.body) }),
    });
  });

  /** Whoever asks for a name finds it unused. */
  async function free({ name }: { name?: string }): Promise<void> {
    if (name !== undefined) {
      await sendRequest("DELETE", `${sandbox.apiUrl}/keys/${encodeURIComponent(name)}`, {
        authorization: key,
      });
    }
  }
});

/** Times are recorded by their beginning, since a server writes more digits or fewer. */
function expected(body: unknown): unknown {
  const start = (body as { revoke_at?: { startsWith?: string } }).revoke_at?.startsWith;
  return start === undefined ? body : { revoke_at: expect.stringContaining(start) };
}
