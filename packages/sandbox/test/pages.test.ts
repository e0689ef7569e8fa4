import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { registryKinds, type Sandbox, startSandbox } from "../src/start-sandbox.ts";
import { type Browser, openBrowser, signIn } from "./browser.ts";
import { sendRequest } from "./send-request.ts";

const clientId = "78ea6566-89fd-481e-a1d6-7d9d78eacca8";
let sandbox: Sandbox;
let browser: Browser;

beforeEach(async () => {
  sandbox = await startSandbox();
  browser = openBrowser(sandbox.url);
  await sandbox.control.createUser({ username: "alice" });
});

afterEach(() => sandbox.close());

async function askForDevice(name = "laptop", scope = "api repositories") {
  const url = `${sandbox.apiUrl}/oauth/device_authorization`;
  const { json } = await sendRequest("POST", url, {}, { client_id: clientId, scope, name });
  const complete = new URL(json.verification_uri_complete);
  return {
    code: json.user_code as string,
    device: json.device_code,
    path: complete.pathname + complete.search,
  };
}

function poll(device: string) {
  const body = {
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    device_code: device,
    client_id: clientId,
  };
  return sendRequest("POST", `${sandbox.apiUrl}/oauth/token`, {}, body);
}

describe("every page", () => {
  const paths = ["/", "/outbox", "/login", "/password/reset", "/password/new?username=a&key=b"];
  const signedInPaths = [
    "/oauth/device",
    "/dashboard/security",
    "/email/verify?username=a&email=b&key=c",
    "/nope",
  ];

  it.each([...paths, ...signedInPaths])(
    "%s is a whole document that runs and loads nothing",
    async (path) => {
      await signIn(browser, "alice");
      const page = await browser.open(path);
      expect(page.html).toMatch(/^<!doctype html>\n<html lang="en">/);
      expect(page.html).toMatch(/<title>[^<]+<\/title>/);
      expect(page.html.match(/<h1>/g)).toHaveLength(1);
      expect(page.html).not.toMatch(/<script|\son\w+=|\sstyle=|src=/);
      expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
      const fields = [...page.html.matchAll(/<input (?!type="hidden"|type="checkbox")[^>]*id="([^"]+)"/g)];
      for (const [, id] of fields) {
        expect(page.html).toContain(`<label for="${id}">`);
      }
    },
  );

  it("escapes text of others", async () => {
    const { path } = await askForDevice('<img src=x onerror="alert(1)">');
    await signIn(browser, "alice");
    expect((await browser.open(path)).html).toContain("&lt;img src=x");
    expect((await browser.open("/password/new?username=%22%3E%3Cb%3E&key=x")).html).not.toContain("<b>");
  });
});

describe("signing in", () => {
  it("asks again after a wrong password", async () => {
    const page = await signIn(browser, "alice", "nope-nope");
    expect(page.status).toBe(400);
    expect(page.html).toContain('role="alert"');
    expect(browser.cookies()).toBe("");
  });

  it("is refused until the address is confirmed, and to a deactivated account", async () => {
    await sandbox.control.changeUser("alice", { confirmed: false });
    const page = await signIn(browser, "alice");
    expect([page.status, page.html]).toEqual([
      400,
      expect.stringContaining("Email has not been verified yet"),
    ]);
    await sandbox.control.changeUser("alice", { confirmed: true, active: false });
    expect((await signIn(browser, "alice")).status).toBe(400);
    await sandbox.control.changeUser("alice", { active: true });
    expect((await signIn(browser, "alice")).html).toContain("Signed in as alice");
  });

  it("requires a code if two-factor authentication is on", async () => {
    await sandbox.control.changeUser("alice", { twoFactor: true });
    const asked = await signIn(browser, "alice");
    expect(asked.path).toContain("/login/two-factor");
    expect((await browser.open("/")).html).not.toContain("Signed in as");
    const wrong = await browser.submit("/login/two-factor", { code: "000000" });
    expect(wrong.status).toBe(422);
    const { code } = sandbox.control.totpCode("alice");
    expect((await browser.submit("/login/two-factor", { code })).html).toContain("Signed in as alice");
  });

  it("returns to the original page, but not to another site", async () => {
    const { path } = await askForDevice();
    const login = await browser.open(path);
    expect(login.path).toMatch(/^\/login/);
    const back = await browser.submit("/login", {
      ...login.hidden,
      username: "alice",
      password: "hunter42x",
    });
    expect(back.path).toBe(path);
    for (const target of ["https://evil.example/", "//evil.example/", "/\\evil.example/"]) {
      const page = await browser.open(`/login?return=${encodeURIComponent(target)}`);
      expect(page.hidden.return).toMatch(/^\/$|^\/evil/);
    }
  });

  it("can be undone", async () => {
    await signIn(browser, "alice");
    expect((await browser.submit("/logout", {})).html).not.toContain("Signed in as");
  });

  it("is refused to pages of other sites, and under foreign names of this machine", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const login = "username=alice&password=hunter42x";
    for (const headers of [
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
    ]) {
      expect((await sendRequest("POST", `${sandbox.url}/login`, { ...form, ...headers }, login)).status).toBe(
        403,
      );
      expect((await sendRequest("POST", `${sandbox.url}/sandbox/reset`, headers)).status).toBe(403);
    }
    const rebound = { host: "evil.example" };
    expect((await sendRequest("GET", `${sandbox.url}/outbox.json`, rebound)).status).toBe(403);
    expect((await sendRequest("GET", `${sandbox.url}/sandbox/requests`, rebound)).status).toBe(403);
  });

  it("gives a cookie that scripts and other sites cannot use", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await sendRequest(
      "POST",
      `${sandbox.url}/login`,
      headers,
      "username=alice&password=hunter42x",
    );
    expect(answer.headers["set-cookie"]?.[0]).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/);
  });
});

describe("a device", () => {
  it("gets the permissions that the person leaves ticked", async () => {
    const { code, device } = await askForDevice();
    await signIn(browser, "alice");
    const typed = `${code.slice(0, 4)}-${code.slice(4)}`.toLowerCase();
    const page = await browser.open(`/oauth/device?user_code=${typed}`);
    expect(page.html).toContain("laptop");
    expect(page.html.match(/type="checkbox"/g)).toHaveLength(3);
    const done = await browser.submit("/oauth/device", {
      ...page.hidden,
      scope: ["api:read"],
      decision: "allow",
    });
    expect(done.html).toContain("signed in");
    const { status, json } = await poll(device);
    expect([status, json.scope]).toEqual([200, "api:read"]);
  });

  it("must get at least one permission, and no more than it asked for", async () => {
    const { code, device } = await askForDevice("laptop", "api:read");
    await signIn(browser, "alice");
    for (const scope of [[], ["api:write"]]) {
      const page = await browser.submit("/oauth/device", { user_code: code, scope, decision: "allow" });
      expect(page.status).toBe(422);
    }
    expect((await poll(device)).json.error).toBe("authorization_pending");
  });

  it("may change the account only if two-factor authentication is on", async () => {
    const { code, device } = await askForDevice();
    await signIn(browser, "alice");
    const allow = (scope: readonly string[]) =>
      browser.submit("/oauth/device", { user_code: code, scope, decision: "allow" });
    expect((await allow(["api:read", "api:write"])).html).toContain("needs two-factor authentication");
    expect((await poll(device)).json.error).toBe("authorization_pending");
    await sandbox.control.changeUser("alice", { twoFactor: true });
    expect((await allow(["api:read", "api:write"])).html).toContain("signed in");
  });

  it("can't be approved through the control API for users whom the site refuses", async () => {
    const { code } = await askForDevice();
    for (const change of [{ confirmed: false }, { confirmed: true, active: false }]) {
      await sandbox.control.changeUser("alice", change);
      expect(() => sandbox.control.approveDevice(code, { username: "alice" })).toThrow(
        /refuses to sign in alice/,
      );
    }
  });

  it("stays denied", async () => {
    const { code, device } = await askForDevice();
    await signIn(browser, "alice");
    await browser.submit("/oauth/device", { user_code: code, decision: "deny" });
    expect((await poll(device)).json.error).toBe("access_denied");
    const again = await browser.open(`/oauth/device?user_code=${code}`);
    expect(again.html).toContain("used already");
  });

  it("can't be approved if its code is wrong or has expired", async () => {
    const { code } = await askForDevice();
    await signIn(browser, "alice");
    expect((await browser.open("/oauth/device?user_code=AAAAAAAA")).html).toContain(
      "No device has this code",
    );
    sandbox.control.expireDevice(code);
    expect((await browser.open(`/oauth/device?user_code=${code}`)).html).toContain("has expired");
  });

  it("has no page on servers without OAuth", async () => {
    const classic = await startSandbox({ kind: "classic-2021" });
    expect((await openBrowser(classic.url).open("/oauth/device")).status).toBe(404);
    await classic.close();
  });
});

describe("two-factor authentication", () => {
  it("is turned on with the secret that the page shows, and off with a code", async () => {
    await signIn(browser, "alice");
    const page = await browser.open("/dashboard/security");
    const secret = /<code id="secret">([A-Z2-7]+)<\/code>/.exec(page.html)?.[1];
    expect(page.html).toContain("<svg");
    expect((await browser.submit("/dashboard/security", { code: "000000" })).html).toContain(`${secret}`);
    const { TOTP } = await import("otpauth");
    const code = new TOTP({ secret: secret ?? "" }).generate();
    expect((await browser.submit("/dashboard/security", { code })).html).toContain("is on");
    expect(sandbox.control.user("alice").totpSecret).toBe(secret);
    expect((await browser.submit("/dashboard/security", { code })).html).toContain("is off");
    expect(sandbox.control.user("alice").totpSecret).toBeNull();
  });
});

describe.each(registryKinds)("on %s", (kind) => {
  it("a password is reset through the page", async () => {
    const other = await startSandbox({ kind });
    await other.control.createUser({ username: "alice" });
    const person = openBrowser(other.url);
    await person.submit("/password/reset", { username: "alice@example.com" });
    const link = new URL(other.outbox()[0]?.links[0] ?? "");
    const page = await person.open(link.pathname + link.search);
    const fields = { ...page.hidden, username: "alice" };
    const short = await person.submit("/password/new", {
      ...fields,
      password: "x",
      password_confirmation: "x",
    });
    expect(short.status).toBe(422);
    const unlike = { password: "another-one", password_confirmation: "another-two" };
    expect((await person.submit("/password/new", { ...fields, ...unlike })).status).toBe(422);
    const chosen = { password: "another-one", password_confirmation: "another-one" };
    expect((await person.submit("/password/new", { ...fields, ...chosen })).html).toContain(
      "has its new password",
    );
    expect((await signIn(person, "alice", "another-one")).html).toContain("Signed in as alice");
    await other.close();
  });
});
