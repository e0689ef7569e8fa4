import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../src/start-sandbox.ts";
import { openBrowser, signIn } from "./browser.ts";
import { sendRequest } from "./send-request.ts";

const clientId = "78ea6566-89fd-481e-a1d6-7d9d78eacca8";
let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await startSandbox();
  await sandbox.control.createUser({ username: "alice", twoFactor: true });
});

afterEach(() => sandbox.close());

const open = () => sandbox.control.openSession({ username: "alice" });

async function works(accessToken: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${accessToken}` };
  return (await sendRequest("GET", `${sandbox.apiUrl}/users/me`, headers)).status === 200;
}

function refresh(refreshToken: string) {
  const body = { grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId };
  return sendRequest("POST", `${sandbox.apiUrl}/oauth/token`, {}, body);
}

function write(accessToken: string, otp?: string) {
  const headers = { authorization: `Bearer ${accessToken}`, ...(otp !== undefined && { "x-hex-otp": otp }) };
  return sendRequest("POST", `${sandbox.apiUrl}/keys`, headers, { name: "laptop" });
}

describe("the limit of five sessions", () => {
  it("ends the oldest session", async () => {
    const tokens = Array.from({ length: 6 }, open);
    const working = await Promise.all(tokens.map(({ accessToken }) => works(accessToken)));
    expect(working).toEqual([false, true, true, true, true, true]);
    const { json } = await refresh(tokens[0]?.refreshToken ?? "");
    expect(json.error_description).toBe("Refresh token has been revoked");
  });

  it("ends unused sessions before used ones", async () => {
    const tokens = Array.from({ length: 5 }, open);
    await works(tokens[0]?.accessToken ?? "");
    open();
    const working = await Promise.all(tokens.map(({ accessToken }) => works(accessToken)));
    expect(working).toEqual([true, false, true, true, true]);
  });

  it("includes the browser's session", async () => {
    const tokens = Array.from({ length: 5 }, open);
    const browser = openBrowser(sandbox.url);
    await signIn(browser, "alice");
    await browser.submit("/login/two-factor", { code: sandbox.control.totpCode("alice").code });
    expect(await works(tokens[0]?.accessToken ?? "")).toBe(false);
    expect(await works(tokens[1]?.accessToken ?? "")).toBe(true);
  });

  it("applies to each user separately", async () => {
    const { accessToken } = open();
    await sandbox.control.createUser({ username: "bob" });
    Array.from({ length: 6 }, () => sandbox.control.openSession({ username: "bob" }));
    expect(await works(accessToken)).toBe(true);
  });
});

describe("tokens", () => {
  it("end after their lifetimes", async () => {
    sandbox.control.changeSettings({ accessTokenLifetime: 60, refreshTokenLifetime: 120 });
    const { accessToken, refreshToken } = open();
    expect(await works(accessToken)).toBe(true);
    sandbox.control.moveClock({ advance: 61 });
    expect(await works(accessToken)).toBe(false);
    const renewed = await refresh(refreshToken);
    expect(renewed.json.expires_in).toBe(60);
    expect(await works(renewed.json.access_token)).toBe(true);
    sandbox.control.moveClock({ advance: 121 });
    expect((await refresh(renewed.json.refresh_token)).json.error_description).toBe(
      "Refresh token has expired",
    );
  });

  it("go to only one of two concurrent refreshes", async () => {
    const { refreshToken } = open();
    const answers = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    const winner = answers.find(({ status }) => status === 200);
    expect(await works(winner?.json.access_token)).toBe(true);
  });

  it("cannot be refreshed by another program", async () => {
    const body = {
      grant_type: "refresh_token",
      refresh_token: open().refreshToken,
      client_id: "b9721cf5-be2f-4a65-bfa5-141698b4b9cf",
    };
    const { json } = await sendRequest("POST", `${sandbox.apiUrl}/oauth/token`, {}, body);
    expect(json.error).toBe("invalid_grant");
  });
});

describe("two-factor codes", () => {
  it.each([
    [-2, 401],
    [-1, 201],
    [0, 201],
    [1, 201],
    [2, 401],
  ])("%i periods from now are answered with %i", async (step, status) => {
    expect((await write(open().accessToken, sandbox.control.totpCode("alice", step).code)).status).toBe(
      status,
    );
  });

  it("work after any number of wrong codes, which get another answer after the fifth", async () => {
    const { accessToken } = open();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect((await write(accessToken, "abcdef")).status).toBe(401);
    }
    expect((await write(accessToken, "abcdef")).status).toBe(429);
    expect((await write(accessToken, sandbox.control.totpCode("alice").code)).status).toBe(201);
    sandbox.control.moveClock({ advance: 10 * 60 + 1 });
    expect((await write(accessToken, "abcdef")).status).toBe(401);
  });

  it("are needed only for writing", async () => {
    const { accessToken } = open();
    expect((await write(accessToken)).headers["www-authenticate"]).toContain("totp_required");
    const headers = { authorization: `Bearer ${accessToken}` };
    const access = await sendRequest("GET", `${sandbox.apiUrl}/auth?domain=api&resource=write`, headers);
    expect(access.status).toBe(204);
  });
});
