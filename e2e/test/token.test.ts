import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting } from "../setting.ts";

let current: TestRegistry;
let classic: TestRegistry;
beforeAll(async () => {
  [current, classic] = [await startRegistry("current-basic-off"), await startRegistry("classic-2021")];
});
afterAll(() => Promise.all([current.close(), classic.close()]));

const config = ({ machine }: Setting) => readFileSync(machine.configPath, "utf8");

function keyOf({ registry, account }: Setting, permission: object = { domain: "api" }): string {
  const permissions = [permission as { domain: string }];
  return registry.control.createKey({ username: account.username, name: "ci", permissions }).secret;
}

async function ownStatus({ registry }: Setting, authorization: string): Promise<number> {
  const headers = { authorization, accept: "application/json", "user-agent": "test" };
  return (await fetch(`${registry.apiUrl}/users/me`, { headers })).status;
}

describe("auth --method token", () => {
  it.each([{ domain: "api" }, { domain: "api", resource: "read" }])(
    "stores a token in place of the key (%o), and deauth ends only the token",
    async (permission) => {
      const setting = await createSetting(current);
      const { machine, account } = setting;
      const secret = keyOf(setting, permission);
      const signedIn = await runHexuser(["auth", "--method", "token"], { machine, stdin: `${secret}\n` });
      expect(signedIn.code, signedIn.stderr).toBe(0);
      expect(signedIn.stderr).toMatch(/opens a session.*the sixth ends the oldest/s);
      expect(signedIn.stderr).toContain("works for 30 minutes");
      expect(config(setting)).not.toContain(secret);
      const token = /<<"access_token">> => <<"([^"]+)"/.exec(config(setting).replaceAll(/"\s+"/g, ""))?.[1];
      expect(token).toMatch(/^ey/);

      const who = JSON.parse((await runHexuser(["whoami", "--json"], { machine })).stdout);
      expect(who.output).toMatchObject({
        username: account.username,
        credential: { kind: "session", renewed: false },
      });

      expect(await ownStatus(setting, `Bearer ${token}`)).toBe(200);
      const ended = await runHexuser(["deauth"], { machine });
      expect(ended.code, ended.stderr).toBe(0);
      expect([await ownStatus(setting, `Bearer ${token}`), await ownStatus(setting, secret)]).toEqual([
        401, 200,
      ]);
      machine.remove();
    },
  );

  it("says that a session may have been opened if the answer is lost", async () => {
    const setting = await createSetting(current);
    const { machine } = setting;
    current.control.addFault({ method: "POST", path: "/api/oauth/token", drop: "after" });
    const args = ["auth", "--method", "token", "--json"];
    const ended = await runHexuser(args, { machine, stdin: `${keyOf(setting)}\n` });
    const { failure } = JSON.parse(ended.stdout);
    expect(failure).toMatchObject({ code: "network_unreachable", details: { mayHaveHappened: true } });
    expect(failure.hint).toContain("look at the sessions in your account's settings");
    machine.remove();
  });

  it("says what to do without a key, with a wrong key, and at a registry that doesn't know it", async () => {
    const setting = await createSetting(current);
    const old = await createSetting(classic);
    const args = ["auth", "--method", "token"];
    const run = ({ machine }: Setting, stdin: string) => runHexuser(args, { machine, stdin });
    expect(await run(setting, "")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Standard input does not hold the key"),
    });
    expect(await run(setting, "wrong\n")).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/wrong, revoked or expired/),
    });
    expect(await run(old, `${keyOf(old)}\n`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/doesn't exchange keys.*--with-key/s),
    });
    for (const { machine } of [setting, old]) machine.remove();
  });
});
