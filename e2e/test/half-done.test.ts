import { chmodSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createMachine } from "../hexuser-environment.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { asOrdinaryUser, itWith, otherUserRights } from "../requirements.ts";
import { runHexuser, startHexuser } from "../run-hexuser.ts";
import { createSetting, localPassword, type Setting, signIn, signInWithKey } from "../setting.ts";

/** Milliseconds, as a guard against hanging. Each test runs many processes, one after the other. */
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const config = ({ machine }: Setting) => readFileSync(machine.configPath, "utf8");

/** Sends a request as another machine of the account does. */
async function elsewhere({ registry, account }: Setting, method: string, path: string) {
  const authorization = `Basic ${btoa(`${account.username}:${account.password}`)}`;
  const headers = { authorization, accept: "application/json", "user-agent": "e2e" };
  return fetch(registry.apiUrl + path, { method, headers });
}

describe("a change that only the registry or only this machine made", () => {
  let classic: TestRegistry;
  let current: TestRegistry;
  beforeAll(async () => {
    classic = await startRegistry("classic-2021");
    current = await startRegistry("current-basic-off");
  });
  afterAll(async () => {
    await classic.close();
    await current.close();
  });

  itWith(otherUserRights)(
    "deauth reports that the session has ended and is still on this machine",
    async () => {
      const setting = await createSetting(current);
      await signIn(setting);
      chmodSync(setting.machine.hexHome, 0o755);
      const before = config(setting);
      const ended = await runHexuser(["deauth"], { machine: setting.machine, through: asOrdinaryUser });
      expect(ended.code, ended.stderr).toBe(5);
      expect(ended.stderr).toMatch(
        /The session was ended at the registry\. But the credentials are still on this machine/,
      );
      expect(ended.stderr).not.toContain("Signed out");
      expect(config(setting)).toBe(before);
      const again = await runHexuser(["deauth"], { machine: setting.machine });
      expect(again.code, again.stderr).toBe(0);
      setting.machine.remove();
    },
  );

  it.each([
    ["ends the session", "POST", "/api/oauth/revoke_by_hash"],
    ["proves the end of the session", "GET", "/api/users/me"],
  ])("deauth, interrupted while the registry %s, says that it may have happened", async (_, method, path) => {
    const setting = await createSetting(current);
    await signIn(setting);
    const before = config(setting);
    current.control.addFault({ method, path, delayMs: 60_000 });
    const running = startHexuser(["deauth"], { machine: setting.machine });
    await vi.waitUntil(() => current.control.faults().length === 0, 20_000);
    running.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect(code, stderr).toBe(130);
    expect(stderr).toContain("Interrupted: the registry may have made the change nevertheless.");
    expect(stderr).toMatch(/^To fix: .*look at the sessions in your account's settings/m);
    expect(config(setting)).toBe(before);
    const again = await runHexuser(["deauth"], { machine: setting.machine });
    expect(again.code, again.stderr).toBe(0);
    setting.machine.remove();
  });

  it("key revoke forgets a key that a killed run revoked", async () => {
    const setting = await createSetting(classic);
    await signIn(setting);
    const list = await (await elsewhere(setting, "GET", "/keys")).json();
    const name =
      (list as { name: string }[]).map((key) => key.name).find((key) => /-api-read$/.test(key)) ?? "";
    expect((await elsewhere(setting, "DELETE", `/keys/${name}`)).status).toBe(200);
    const revoke = ["key", "revoke", name, "--local-password-stdin"];
    const given = { machine: setting.machine, stdin: `${localPassword}\n` };
    expect(config(setting)).toContain("$read_key");
    const ended = await runHexuser(revoke, given);
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining("was revoked before") });
    expect(config(setting)).not.toContain("$read_key");
    expect(await runHexuser(revoke, given)).toMatchObject({ code: 1 });
    setting.machine.remove();
  });

  it("deauth warns of no key that was revoked on another machine", async () => {
    const setting = await createSetting(classic);
    await signIn(setting);
    expect((await elsewhere(setting, "DELETE", "/keys")).status).toBe(500);
    const ended = await runHexuser(["deauth"], { machine: setting.machine });
    expect(ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("unless it was revoked elsewhere"),
    });
    expect(ended.stderr).not.toMatch(/-api-read|-repositories/);
    setting.machine.remove();
  });

  it("auth --with-key with the stored key doesn't say that it removed it", async () => {
    const setting = await createSetting(current);
    const secret = await signInWithKey(setting);
    const again = await runHexuser(["auth", "--with-key"], {
      machine: setting.machine,
      stdin: `${secret}\n`,
    });
    expect(again.code).toBe(0);
    expect(again.stderr).not.toContain("forgotten");
    expect(config(setting)).toContain(secret);
    setting.machine.remove();
  });

  it("auth --with-key revokes the earlier keys with the local password from standard input", async () => {
    const setting = await createSetting(classic);
    await signIn(setting);
    const { username } = setting.account;
    const { secret } = classic.control.createKey({ username, name: "own", permissions: [{ domain: "api" }] });
    const args = ["auth", "--with-key", "--local-password-stdin", "--json"];
    const given = { machine: setting.machine, stdin: `${secret}\n${localPassword}\n` };
    const ended = await runHexuser(args, given);
    expect(JSON.parse(ended.stdout).output.revoked, ended.stderr).toHaveLength(3);
    const list = (await (await elsewhere(setting, "GET", "/keys")).json()) as { name: string }[];
    expect(list.map(({ name }) => name)).toEqual(["own"]);
    const without = await runHexuser(args, { ...given, stdin: `${secret}\n` });
    expect(JSON.parse(without.stdout).failure.message).toContain("does not hold the local password");
    setting.machine.remove();
  });

  it("auth --with-key doesn't revoke its own key from the sign-in that it replaces", async () => {
    const setting = await createSetting(classic);
    await signIn(setting);
    const read = /'\$read_key',<<"([0-9a-f]{32})">>/.exec(config(setting))?.[1] ?? "";
    const ended = await runHexuser(["auth", "--with-key"], { machine: setting.machine, stdin: `${read}\n` });
    expect(ended.code, ended.stderr).toBe(0);
    const who = await runHexuser(["whoami"], { machine: setting.machine });
    expect(who).toMatchObject({ code: 0, stdout: `${setting.account.username}\n` });
    setting.machine.remove();
  });
});

describe.each(["classic-2021", "classic-2026", "current-basic-off"] as const)(
  "a key of an organization on %s",
  (kind) => {
    it("manages the organization's keys, if the registry tells which organization it is", async () => {
      const registry = await startRegistry(kind);
      const { control } = registry;
      const owner = await registry.createAccount();
      control.createOrganization({ name: "acme", owner: owner.username });
      const permissions = [{ domain: "api" }];
      const { secret } = control.createKey({ organization: "acme", name: "ci", permissions });
      control.createKey({ organization: "acme", name: "old", permissions });
      const machine = createMachine({ HEX_API_URL: registry.apiUrl, HEX_API_KEY: secret });
      const run = (...args: string[]) => runHexuser(args, { machine });
      const made = await run("key", "generate", "--key-name", "new", "--permission", "api:read");
      if (kind === "classic-2021") {
        expect(made).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("This key is an organization's"),
        });
      } else {
        expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f]{32}\n$/) });
        const listed = JSON.parse((await run("key", "list", "--json")).stdout);
        const names = listed.output.keys.map((key: { name: string }) => key.name);
        expect(names.sort()).toEqual(["ci", "new", "old"]);
        const inUse = listed.output.keys.filter((key: { inUse: boolean }) => key.inUse);
        expect(inUse).toMatchObject([{ name: "ci" }]);
        expect(await run("whoami")).toMatchObject({ code: 0, stdout: "acme\n" });
        const who = JSON.parse((await run("whoami", "--json")).stdout).output;
        expect(who).toMatchObject({ owner: "organization", credential: { name: "ci" } });
        expect(await run("key", "revoke", "old")).toMatchObject({ code: 0 });
        expect(await run("key", "revoke", "old")).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("no key “old”"),
        });
        const all = await run("key", "revoke", "--all", "--yes");
        expect(all).toMatchObject({
          code: 0,
          stderr: expect.stringMatching(/HEX_API_KEY is revoked now[\s\S]*Revoked: ci, new\./),
        });
      }
      machine.remove();
      await registry.close();
    });
  },
);
