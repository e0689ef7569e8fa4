import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RegistryKind, type Sandbox, startSandbox } from "../src/start-sandbox.ts";
import { knownAnswers } from "./known-differences.ts";
import { type RecordedAnswer, recordedAnswers } from "./recorded-differences.ts";
import { sendRequest } from "./send-request.ts";

const servers: readonly RegistryKind[] = ["classic-2021", "classic-2026", "current-basic-off"];

describe.each(servers)("the recorded answers of %s", (kind) => {
  let sandbox: Sandbox;
  let key: string;
  let session: string;

  beforeAll(async () => {
    const now = Date.UTC(2026, 10, 24, 12);
    sandbox = await startSandbox({ kind, now: () => now });
    await sandbox.control.createUser({ username: "alice", twoFactor: true });
    sandbox.control.createOrganization({ name: "acme", owner: "alice" });
    key = sandbox.control.createKey({ username: "alice", name: "base" }).secret;
    sandbox.control.createPackage({ name: "foo", owner: "alice" });
    session = sandbox.control.openSession({ username: "alice" }).accessToken;
  });

  afterAll(() => sandbox.close());

  const asked = recordedAnswers.filter((recorded) => recorded.servers?.includes(kind) ?? true);

  it.each(asked)("$title", async (recorded) => {
    expect(await ask(recorded)).toMatchObject(expected(recorded));
  });

  it.each(knownAnswers)("but $title", async (recorded) => {
    expect(await ask(recorded)).not.toMatchObject(expected(recorded));
  });

  async function ask({ method, path, as, json, after, revoked, headers = {} }: RecordedAnswer) {
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
    const compared = Object.keys(headers).map((name) => [name, answer.headers[name]]);
    return { status: answer.status, headers: Object.fromEntries(compared), body: answer.json };
  }

  /** Every name is unused. */
  async function free({ name }: { name?: string }): Promise<void> {
    if (name !== undefined) {
      await sendRequest("DELETE", `${sandbox.apiUrl}/keys/${encodeURIComponent(name)}`, {
        authorization: key,
      });
    }
  }
});

/** Times are recorded by their beginning, since a server writes more digits or fewer. */
function expected({ status, headers = {}, body }: RecordedAnswer) {
  const start = (body as { revoke_at?: { startsWith?: string } } | undefined)?.revoke_at?.startsWith;
  const wanted = start === undefined ? body : { revoke_at: expect.stringContaining(start) };
  return { status, headers, ...(wanted !== undefined && { body: wanted }) };
}
