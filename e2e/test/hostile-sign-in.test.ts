import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMachine, type Machine } from "../hexuser-environment.ts";
import { runHexuser } from "../run-hexuser.ts";
import { type Said, type StubServer, startStub } from "../stub-registry.ts";
import { openTerminal } from "../terminal.ts";

let machine: Machine;
let server: StubServer;
let device: Record<string, unknown>;
let token: Said;
beforeEach(async () => {
  machine = createMachine();
  server = await startStub(({ url }) => {
    if (url.endsWith("/api/oauth/device_authorization")) return { status: 200, json: device };
    return url.endsWith("/api/oauth/token") ? token : { status: 404, json: {} };
  });
  device = {
    device_code: "device",
    user_code: "ABCDEFGH",
    verification_uri: `${server.url}/oauth/device`,
    expires_in: 30,
    interval: 1,
  };
  token = { status: 403, json: { error: "access_denied" } };
});
afterEach(async () => {
  machine.remove();
  await server.close();
});

const granted = { access_token: "access", refresh_token: "refresh", token_type: "bearer", expires_in: 1800 };

describe("an invalid answer of the registry to a sign-in", () => {
  it.each<[string, object, object]>([
    ["an empty device code", { device_code: "" }, {}],
    ["a device code with a line break", { device_code: "a\nb" }, {}],
    ["an empty user code", { user_code: " " }, {}],
    ["an address with a username", { verification_uri: "https://hex.pm@evil.example/" }, {}],
    ["an empty access token", {}, { access_token: "" }],
    ["an access token with a line break", {}, { access_token: "a\r\nx-evil: 1" }],
    ["an access token with a space", {}, { access_token: "a b" }],
    ["an empty refresh token", {}, { refresh_token: "" }],
    ["a refresh token with an escape", {}, { refresh_token: "a\u001b[2J" }],
  ])("is refused, and nothing is stored: %s", async (_what, code, tokens) => {
    device = { ...device, ...code };
    token = { status: 200, json: { ...granted, ...tokens } };
    const env = { HEX_API_URL: `${server.url}/api` };
    const { code: exitCode, stderr } = await runHexuser(["auth", "--method", "device"], { machine, env });
    expect(exitCode, stderr).toBe(6);
    // hexuser ends a session that it can't store.
    const asked = server.asked.map(({ url }) => url.split("/").at(-1));
    expect(asked).toEqual(["device_authorization", "token", "revoke_by_hash"].slice(0, asked.length));
    expect(existsSync(machine.configPath) ? readFileSync(machine.configPath, "utf8") : "").not.toContain(
      "token",
    );
  });
});

describe("the page of a sign-in", () => {
  /** Signs in on a terminal with a screen until the registry refuses. Returns the terminal's text. */
  async function signIn(env: Readonly<Record<string, string>>): Promise<string> {
    const programs = join(machine.home, "bin");
    const terminal = openTerminal(["auth", "--method", "device"], {
      machine,
      env: { ...env, DISPLAY: ":9", PATH: `${programs}:${machine.env.PATH}` },
    });
    await terminal.exit();
    return terminal.transcript();
  }
  const opened = () => join(machine.home, "opened");
  beforeEach(() => {
    mkdirSync(join(machine.home, "bin"));
    const opener = join(machine.home, "bin", "xdg-open");
    writeFileSync(opener, `#!/bin/sh\nprintf '%s' "$1" > '${opened()}'\n`, { mode: 0o755 });
  });
  const local = () => ({ HEX_API_URL: `${server.url}/api` });
  const elsewhere = () => ({
    HEX_API_URL: "http://registry.example/api",
    HEXUSER_ALLOW_HTTP: "http://registry.example",
    http_proxy: server.url,
  });

  it("is shown with its host, and not opened, if it's on another host", async () => {
    device.verification_uri = "https://hex.example/oauth/device";
    const text = await signIn(local());
    expect(text).toContain("The page is on hex.example, which is not the registry's host.");
    expect(text).not.toContain("Opening");
    expect(existsSync(opened())).toBe(false);
  });

  it("isn't opened if a registry elsewhere names a page on this machine or a page at plain http", async () => {
    for (const page of [
      "http://127.0.0.1:631/",
      "https://localhost/",
      "http://registry.example/oauth/device",
    ]) {
      device.verification_uri = page;
      const text = await signIn(elsewhere());
      expect(text).toContain(page);
      expect(text).not.toContain("Opening");
      if (!page.includes("registry.example")) expect(text).toContain(`The page is on ${new URL(page).host}`);
    }
    expect(existsSync(opened())).toBe(false);
  });

  it("is the general address if the complete one is on another host", async () => {
    device.verification_uri_complete = "https://evil.example/?user_code=ABCDEFGH";
    expect(await signIn(local())).not.toContain("evil.example");
  });
});
