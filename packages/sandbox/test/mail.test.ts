import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../src/start-sandbox.ts";
import { openBrowser, signIn } from "./browser.ts";
import { sendRequest } from "./send-request.ts";

const day = 24 * 60 * 60;
let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await startSandbox({ kind: "classic-2026" });
});

afterEach(() => sandbox.close());

async function register(username = "alice") {
  const body = { username, email: `${username}@example.com`, password: "hunter42x" };
  expect((await sendRequest("POST", `${sandbox.apiUrl}/users`, {}, body)).status).toBe(201);
  const link = new URL(sandbox.outbox()[0]?.links[0] ?? "");
  return link.pathname + link.search;
}

const basic = (password: string) => `Basic ${Buffer.from(`alice:${password}`).toString("base64")}`;

function me(authorization: string) {
  return sendRequest("GET", `${sandbox.apiUrl}/users/me`, { authorization });
}

async function askForReset() {
  const answer = await sendRequest("POST", `${sandbox.apiUrl}/users/alice/reset`);
  expect(answer.status).toBe(204);
  const link = new URL(sandbox.outbox()[0]?.links[0] ?? "");
  const { username = "", key = "" } = Object.fromEntries(link.searchParams);
  return { username, key, password: "another-one", password_confirmation: "another-one" };
}

describe("the outbox", () => {
  it("shows each message, as a page and as JSON", async () => {
    await register();
    const { json } = await sendRequest("GET", `${sandbox.url}/outbox.json`);
    expect(json).toEqual([
      {
        id: 1,
        to: "alice@example.com",
        subject: "Hex.pm - Confirm your email address",
        body: expect.stringContaining("Hello alice"),
        links: [expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/email\/verify\?username=alice&/)],
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      },
    ]);
    const page = await openBrowser(sandbox.url).open("/outbox");
    expect(page.html).toContain("<h2>Hex.pm - Confirm your email address</h2>");
    expect(page.html).toContain(`<a href="${json[0].links[0].replaceAll("&", "&amp;")}">`);
  });

  it("can be emptied", async () => {
    await register();
    await sendRequest("DELETE", `${sandbox.url}/sandbox/outbox`);
    expect(sandbox.outbox()).toEqual([]);
  });
});

describe("a new account", () => {
  it("is confirmed only by the button on the link's page", async () => {
    const link = await register();
    expect((await me(basic("hunter42x"))).json.message).toBe("email not verified");
    const browser = openBrowser(sandbox.url);
    const page = await browser.open(link);
    expect((await me(basic("hunter42x"))).status).toBe(403);
    expect((await browser.submit("/email/verify", page.hidden)).html).toContain("is confirmed");
    expect((await me(basic("hunter42x"))).status).toBe(200);
    expect((await browser.submit("/email/verify", page.hidden)).status).toBe(422);
  });

  it("is not confirmed by a link older than a day or of another account", async () => {
    const browser = openBrowser(sandbox.url);
    const { hidden } = await browser.open(await register());
    expect((await browser.submit("/email/verify", { ...hidden, key: "0".repeat(32) })).status).toBe(422);
    sandbox.control.moveClock({ advance: day + 1 });
    expect((await browser.submit("/email/verify", hidden)).status).toBe(422);
    expect(sandbox.control.user("alice").confirmed).toBe(false);
  });

  it("does not reserve an address before it is confirmed", async () => {
    await register();
    const body = { username: "bobby", email: "alice@example.com", password: "hunter42x" };
    expect((await sendRequest("POST", `${sandbox.apiUrl}/users`, {}, body)).status).toBe(201);
    await sandbox.control.changeUser("alice", { confirmed: true });
    const late = { ...body, username: "carol" };
    const { json } = await sendRequest("POST", `${sandbox.apiUrl}/users`, {}, late);
    expect(json.errors).toEqual({ emails: { email: "already in use" } });
  });
});

describe("a password reset", () => {
  beforeEach(() => sandbox.control.createUser({ username: "alice" }));

  it("ends every session and leaves the keys", async () => {
    const browser = openBrowser(sandbox.url);
    await signIn(browser, "alice");
    const { accessToken } = sandbox.control.openSession({ username: "alice" });
    const { secret } = sandbox.control.createKey({ username: "alice", name: "laptop" });
    const form = await askForReset();
    await openBrowser(sandbox.url).submit("/password/new", form);
    expect((await me(`Bearer ${accessToken}`)).status).toBe(401);
    expect((await browser.open("/")).html).not.toContain("Signed in as");
    expect((await me(secret)).status).toBe(200);
    expect((await me(basic("hunter42x"))).status).toBe(401);
    expect((await me(basic("another-one"))).status).toBe(200);
  });

  it("revokes the keys on request", async () => {
    const { secret } = sandbox.control.createKey({ username: "alice", name: "laptop" });
    await openBrowser(sandbox.url).submit("/password/new", { ...(await askForReset()), revoke_keys: "yes" });
    expect((await me(secret)).json.message).toBe("API key revoked");
  });

  it("works once, within a day", async () => {
    const browser = openBrowser(sandbox.url);
    const form = await askForReset();
    expect((await browser.submit("/password/new", form)).status).toBe(200);
    expect((await browser.submit("/password/new", form)).status).toBe(422);
    const late = await askForReset();
    sandbox.control.moveClock({ advance: day + 1 });
    expect((await browser.submit("/password/new", late)).status).toBe(422);
  });

  it("does not tell whether there is an account", async () => {
    const browser = openBrowser(sandbox.url);
    const known = await browser.submit("/password/reset", { username: "alice" });
    const unknown = await browser.submit("/password/reset", { username: "nobody" });
    expect(unknown.html).toBe(known.html);
    expect(sandbox.outbox()).toHaveLength(1);
  });
});
