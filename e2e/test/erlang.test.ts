import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "vitest";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { erlang, itWith } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, localPassword, type Setting, signIn } from "../setting.ts";

let classic: TestRegistry;
let current: TestRegistry;
let setting: Setting;
beforeAll(async () => {
  classic = await startRegistry("classic-2021");
  current = await startRegistry("current-basic-off");
});
afterAll(async () => {
  await classic.close();
  await current.close();
});
beforeEach(async () => {
  setting = await createSetting(classic);
});
afterEach(() => setting.machine.remove());

/** Runs a script on a real Erlang. */
function escript(name: string, input = ""): string {
  const script = fileURLToPath(new URL(`../erlang/${name}.escript`, import.meta.url));
  const { home, env, configPath } = setting.machine;
  const ended = spawnSync("escript", [script, configPath], { cwd: home, env, input, encoding: "utf8" });
  expect(ended.stderr).toBe("");
  expect(ended.status).toBe(0);
  return ended.stdout;
}

const run = (args: readonly string[], stdin = "") => runHexuser(args, { machine: setting.machine, stdin });
const itInErlang = itWith(erlang);

describe("a real Erlang", () => {
  itInErlang("reads the file, and opens the write key with the local password", async () => {
    await signIn(setting);
    const key = escript("open-write-key", `${localPassword}\n`);
    const answer = await fetch(`${classic.apiUrl}/users/me`, {
      headers: { authorization: key, accept: "application/json", "user-agent": "test" },
    });
    expect(await answer.json()).toMatchObject({ username: setting.account.username });
    await run(["reset_password", "local", "--local-password-stdin"], `${localPassword}\nchanged password\n`);
    expect(escript("open-write-key", "changed password\n")).toBe(key);
  });

  itInErlang("writes a file that is read here, with the sign-in and whose it is", async () => {
    await signIn(setting);
    escript("rewrite");
    expect((await run(["whoami"])).stdout).toBe(`${setting.account.username}\n`);
    expect(await run(["deauth", "--local-password-stdin"], `${localPassword}\n`)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("Keys revoked"),
    });
  });

  itInErlang("writes a session that is read here, too", async () => {
    setting.machine.remove();
    setting = await createSetting(current);
    await signIn(setting);
    expect((await run(["whoami"])).code).toBe(0);
    escript("rewrite");
    expect((await run(["whoami"])).stdout).toBe(`${setting.account.username}\n`);
  });
});
