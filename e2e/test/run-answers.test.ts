import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startRegistry } from "../registry.ts";
import { documentOf, journalsOf, outcomesIn, writeDocument } from "../run-document.ts";
import { type RunOptions, runHexuser } from "../run-hexuser.ts";
import { prepareRuns } from "../run-stage.ts";
import { createSetting, localPassword, signIn } from "../setting.ts";
import { openTerminal } from "../terminal.ts";
import { replyUntilEnd } from "../terminal-replies.ts";

const stage = prepareRuns();

/** Runs a document whose calls need answers, signed in with a session. */
async function runWithSession(args: readonly string[], options: Omit<RunOptions, "machine"> = {}) {
  await signIn(stage.setting);
  const path = writeDocument(stage.setting.machine, [
    ["key.generate", { keyName: "one" }],
    ["key.generate", { keyName: "two" }],
  ]);
  return runHexuser(["run", path, ...args], { machine: stage.setting.machine, ...options });
}

describe("an answer that a document needs", () => {
  const otp = () => stage.setting.account.otp();

  it("is named in the failure if nobody can answer", async () => {
    const { code, stdout, stderr } = await runWithSession([]);
    expect(code).toBe(4);
    expect(outcomesIn(stdout)).toMatchObject([{ ok: false, failure: { code: "authentication_required" } }]);
    expect(stderr).toContain("To fix: give otp with --secrets-from, or in the environment (HEX_OTP).");
    expect(journalsOf(stage.setting.machine)).toEqual({});
  });

  it("comes from the environment", async () => {
    expect(await runWithSession([], { env: { HEX_OTP: otp() } })).toMatchObject({ code: 0 });
  });

  it("comes from a file", async () => {
    const secrets = join(stage.setting.machine.home, "secrets.json");
    writeFileSync(secrets, JSON.stringify({ otp: otp() }), { mode: 0o600 });
    // The command line takes precedence.
    const env = { HEX_OTP: "000000" };
    expect(await runWithSession(["--secrets-from", secrets], { env })).toMatchObject({ code: 0 });
  });

  it("comes from a descriptor", async () => {
    const code = otp();
    const through = ["/bin/sh", "-c", `exec "$@" 3<<.\n{"otp":"${code}"}\n.\n`, "sh"];
    const ended = await runWithSession(["--secrets-from", "fd:3"], { through });
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout + ended.stderr).not.toContain(code);
  });

  it("is asked for once on a terminal, and again if it was wrong", async () => {
    await signIn(stage.setting);
    const path = writeDocument(stage.setting.machine, [
      ["key.generate", { keyName: "one" }],
      ["key.generate", { keyName: "two" }],
    ]);
    const terminal = openTerminal(["run", path], { machine: stage.setting.machine, limit: 60_000 });
    await terminal.expect("Two-factor code:");
    terminal.type("000000\r");
    await terminal.expect("is wrong");
    await terminal.expect("Two-factor code:");
    terminal.type(`${otp()}\r`);
    expect((await terminal.exit()).code).toBe(0);
    expect(terminal.transcript()).toContain("All 2 calls are done.");
    expect(stage.registry.control.requests().requests.map(({ status }) => status)).toEqual([
      401, 401, 201, 201,
    ]);
  });

  it("is asked for on the terminal where the person typed the document", async () => {
    await signIn(stage.setting);
    const terminal = openTerminal(["run", "-"], { machine: stage.setting.machine, limit: 60_000 });
    terminal.type('{"operation":"key.generate","input":{"keyName":"typed"}}\r');
    await terminal.expect("typed");
    terminal.type("\x04");
    await terminal.expect("Two-factor code:");
    terminal.type(`${otp()}\r`);
    expect((await terminal.exit()).code).toBe(0);
  });

  it("is the local password at a classic registry, also for concurrent reads", {
    timeout: 60_000,
  }, async () => {
    const classic = await startRegistry("classic-2021");
    const old = await createSetting(classic);
    try {
      await signIn(old);
      const path = writeDocument(old.machine, [
        ["whoami"],
        ["key.revoke", { name: "one" }],
        ["whoami"],
        ["key.list"],
        ["key.revoke", { name: "two" }],
      ]);
      const makeKeys = () => {
        for (const name of ["one", "two"])
          classic.control.createKey({ username: old.account.username, name });
      };
      makeKeys();
      const env = { HEXUSER_LOCAL_PASSWORD: localPassword };
      const given = await runHexuser(["run", path, "--parallel", "4", "--continue"], {
        machine: old.machine,
        env,
      });
      expect(outcomesIn(given.stdout).map(({ ok }) => ok)).toEqual([true, true, true, true, true]);
      makeKeys();
      const terminal = openTerminal(["run", path, "--continue"], { machine: old.machine, limit: 60_000 });
      const replies = [{ question: "Local password", typed: localPassword }];
      expect(await replyUntilEnd(terminal, replies)).toBe(0);
      expect(terminal.transcript().match(/•/g)).toHaveLength(1);
    } finally {
      await classic.close();
      old.machine.remove();
    }
  });

  it("is asked for by only one of the concurrent calls, and by no other after the run stops", async () => {
    const classic = await startRegistry("classic-2021");
    const old = await createSetting(classic);
    try {
      await signIn(old);
      rmSync(old.machine.configPath);
      const path = writeDocument(old.machine, [["whoami"], ["whoami"], ["whoami"]]);
      const terminal = openTerminal(["run", path, "--parallel", "3"], {
        machine: old.machine,
        limit: 60_000,
      });
      const replies = [{ question: "No authenticated user found", typed: "n" }];
      expect(await replyUntilEnd(terminal, replies)).toBe(4);
      expect(terminal.transcript().match(/• No authenticated/g)).toHaveLength(1);
      expect(terminal.transcript()).toContain("Of 3 calls, 0 are done, 3 failed.");
    } finally {
      await classic.close();
      old.machine.remove();
    }
  });

  it("is a confirmation if a call destroys everything", async () => {
    const document = documentOf(["whoami"], ["key.revoke", { all: true }]);
    const refused = await stage.run(["-"], { stdin: document });
    expect([refused.code, refused.stdout]).toEqual([2, ""]);
    expect(refused.stderr).toContain("Call 2 (key.revoke) can't be undone");
    expect(stage.registry.control.requests().requests).toEqual([]);
    const path = writeDocument(stage.setting.machine, [["key.revoke", { all: true }]]);
    const terminal = openTerminal(["run", path], {
      machine: stage.setting.machine,
      env: { HEX_API_KEY: stage.key },
    });
    await terminal.expect("Type the account's name");
    terminal.type("somebody else\r");
    expect((await terminal.exit()).code).toBe(2);
    expect((await stage.run(["-", "--yes"], { stdin: document })).code).toBe(0);
  });
});
