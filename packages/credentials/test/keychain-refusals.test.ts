import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Failure, FailureError, phraseHint } from "@hexuser/core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createKeychainBackend, type KeychainBackendOptions } from "../src/keychain/keychain-backend.ts";
import { keychainFailure } from "../src/keychain/keychain-failure.ts";
import { startScript } from "./file/run-node.ts";
import { isRunning } from "./is-running.ts";
import {
  type SecretService,
  secretServiceCommands,
  sessionForTest,
  startSecretService,
} from "./keychain/secret-service.ts";
import { describeWith } from "./requirements.ts";

const hexpm = { profile: "default", origin: "https://hex.pm" };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hexuser-locks-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function open(env: Readonly<Record<string, string>>, options: Partial<KeychainBackendOptions> = {}) {
  return createKeychainBackend({ env, lockDirectory: folder, platform: "linux", ...options });
}

async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const error = await call.then(
    () => expect.unreachable("it succeeded"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FailureError);
  const { failure } = error as FailureError;
  expect(JSON.stringify(failure)).not.toContain("s3cret");
  expect(phraseHint(failure.hint ?? [], JSON.stringify)).toMatch(/^[^\n]+\.$/);
  return failure;
}

describeWith("dbus-daemon")("without a Secret Service", () => {
  it("tells that there is no D-Bus session, and over SSH why", async () => {
    const env = { PATH: "/usr/bin:/bin", HOME: folder, XDG_RUNTIME_DIR: folder };
    const failure = await failureOf(open(env).read(hexpm));
    expect(failure).toMatchObject({ code: "storage_unavailable", details: { reason: "no_bus" } });
    const remote = await failureOf(open({ ...env, SSH_CONNECTION: "::1 1 ::1 22" }).read(hexpm));
    expect(JSON.stringify(remote.hint)).toContain("over SSH");
    const gone = { ...env, DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent" };
    expect((await failureOf(open(gone).list())).details).toMatchObject({ reason: "no_bus" });
  });

  it("reports that no program keeps secrets, and writes nothing elsewhere", async () => {
    const { env } = await sessionForTest();
    const backend = open(env);
    for (const call of [
      () => backend.read(hexpm),
      () => backend.list(),
      () => backend.update(hexpm, async () => ({ apiKey: "s3cret" })),
    ]) {
      expect(await failureOf(call())).toMatchObject({
        code: "storage_unavailable",
        details: { reason: "no_service" },
      });
    }
    expect(await backend.available()).toEqual({
      available: false,
      why: expect.stringContaining("org.freedesktop.secrets"),
      hint: [expect.stringMatching(/^install/), { option: "backend", value: "file" }, "."],
    });
  });

  it("gives up on a service that doesn't answer within the limit, and leaves no process", async () => {
    const { env } = await sessionForTest({ "org.freedesktop.secrets": "/bin/sleep 30" });
    const notices: string[] = [];
    const backend = open(env, { limit: 1000, notify: (message) => notices.push(message) });
    const failure = await failureOf(backend.read(hexpm));
    expect(failure).toMatchObject({
      code: "storage_unavailable",
      message: expect.stringMatching(/^The system's keyring did not answer( within a second)?\.$/),
    });
    expect(notices).toEqual([]);
    expect((await backend.available()).available).toBe(false);
  });
});

describeWith(...secretServiceCommands)("with a locked keyring", () => {
  /** A locked keyring with an item. */
  async function lockedService(prompter: string): Promise<SecretService> {
    const service = await startSecretService(prompter);
    onTestFinished(() => service.stop());
    await open(service.env).update(hexpm, async () => ({ apiKey: "kept-s3cret" }));
    await service.lock();
    return service;
  }

  it("tells that it stays locked if the person refuses, or if there is no screen", async () => {
    const service = await lockedService("/bin/false");
    const changes = [undefined, { apiKey: "new-s3cret" }];
    const calls = (env: Readonly<Record<string, string>>) => [
      () => open(env).read(hexpm),
      ...changes.map((next) => () => open(env).update(hexpm, async () => next)),
    ];
    for (const call of calls({ ...service.env, DISPLAY: ":7" })) {
      expect(await failureOf(call())).toMatchObject({
        code: "storage_locked",
        message: expect.stringContaining("somebody closed its window"),
      });
    }
    for (const call of calls({ ...service.env, SSH_TTY: "/dev/pts/3" })) {
      expect(await failureOf(call())).toMatchObject({
        code: "storage_locked",
        message: expect.stringContaining("no screen"),
        hint: expect.arrayContaining([expect.stringContaining("gnome-keyring-daemon --replace --unlock")]),
      });
    }
    expect(await failureOf(open(service.env).list())).toMatchObject({
      code: "storage_locked",
      details: { reason: "locked" },
    });
    expect(await open(service.env).available()).toEqual({ available: true });
  });

  it("waits longer while the system asks the person, with a notice, but not for ever", async () => {
    const { env } = await lockedService("/bin/sleep 30");
    const notices: string[] = [];
    const started = performance.now();
    const backend = open(env, { limit: 2000, unlockLimit: 4000, notify: (text) => notices.push(text) });
    expect(await failureOf(backend.read(hexpm))).toMatchObject({
      code: "storage_locked",
      message: "The system's keyring is locked, and nobody unlocked it within 4 seconds.",
    });
    expect(performance.now() - started).toBeGreaterThan(3900);
    expect(notices).toEqual([expect.stringMatching(/^Waiting for the system's keyring.*within 4 seconds/)]);
  });

  it("doesn't keep the program from ending while the system asks, and leaves no process behind", async () => {
    const { env } = await lockedService("/bin/sleep 30");
    const { child, finished, printed } = startScript("../keychain/exit-while-asking.ts", [folder], { env });
    await printed("worker");
    expect(await finished).toMatchObject({ code: 7 });
    const worker = Number(/worker (\d+)/.exec((await finished).stdout)?.[1]);
    expect(worker).toBeGreaterThan(0);
    await expect.poll(() => isRunning(worker)).toBe(false);
    expect(child.exitCode).toBe(7);
  });
});

describe("a worker", () => {
  const workerOf = async (script: string) => {
    const path = join(folder, `worker-${Math.random()}.mjs`);
    await writeFile(path, script);
    return { command: process.execPath, args: [path] };
  };

  it("that ends is reported, and the next call starts another one", async () => {
    const worker = await workerOf(`import { appendFileSync } from "node:fs";
      appendFileSync("${folder}/started", "x");
      console.log('{"ready":true}');
      process.stdin.once("data", () => process.exit(1));`);
    const backend = open({}, { worker });
    for (const times of [1, 2]) {
      expect(await failureOf(backend.read(hexpm))).toMatchObject({
        code: "storage_unavailable",
        details: { reason: "worker" },
      });
      expect(await readFile(join(folder, "started"), "utf8")).toHaveLength(times);
    }
  });

  it("that can't be started or prints something else is reported", async () => {
    const missing = { command: join(folder, "nothing"), args: [] };
    const babbling = await workerOf(`console.log("hello"); setInterval(() => {}, 1000);`);
    for (const worker of [missing, babbling]) {
      expect((await failureOf(open({}, { worker }).read(hexpm))).details).toMatchObject({ reason: "worker" });
    }
  });

  it("that never answers is killed after the limit, or later on macOS, where it may be asking", async () => {
    const worker = await workerOf(`import { writeFileSync } from "node:fs";
      writeFileSync("${folder}/pid", String(process.pid));
      console.log('{"ready":true}');
      process.stdin.resume(); setInterval(() => {}, 1000);`);
    const platforms = {
      linux: /did not answer/,
      win32: /did not answer/,
      darwin: /nobody unlocked/,
    } as const;
    for (const [platform, message] of Object.entries(platforms)) {
      const options = { worker, limit: 200, unlockLimit: 400, platform: platform as NodeJS.Platform };
      expect((await failureOf(open({}, options).read(hexpm))).message).toMatch(message);
      const pid = Number(await readFile(join(folder, "pid"), "utf8"));
      await expect.poll(() => isRunning(pid)).toBe(false);
    }
  });

  it("that answers after the person has allowed it can take longer, with a notice", async () => {
    const worker = await workerOf(`console.log('{"ready":true}');
      process.stdin.once("data", () => setTimeout(() => console.log('{"id":1,"value":null}'), 600));`);
    const notices: string[] = [];
    const notify = (message: string) => notices.push(message);
    const backend = open({}, { worker, limit: 200, unlockLimit: 30_000, platform: "darwin", notify });
    expect(await backend.read(hexpm)).toBeUndefined();
    expect(notices).toEqual([
      "Waiting for the macOS Keychain: allow it in the window that the system shows (within 30 seconds).",
    ]);
  });

  it("gets secrets only through its stdin, and nothing of hexuser's environment", async () => {
    const worker = await workerOf(`import { readFileSync, writeFileSync } from "node:fs";
      console.log('{"ready":true}');
      let kept = null;
      const seen = () => readFileSync("/proc/self/cmdline", "utf8") + JSON.stringify(process.env);
      let text = "";
      for await (const chunk of process.stdin) {
        text += chunk;
        for (let end; (end = text.indexOf("\\n")) >= 0; text = text.slice(end + 1)) {
          const { id, method, parameters } = JSON.parse(text.slice(0, end));
          if (method === "setPassword") kept = parameters[2];
          writeFileSync("${folder}/seen", seen());
          console.log(JSON.stringify({ id, value: method === "getPassword" ? kept : null }));
        }
      }`);
    const backend = open({ HEX_API_KEY: "s3cret", NODE_OPTIONS: "--no-warnings", LANG: "C" }, { worker });
    await backend.update(hexpm, async () => ({ apiKey: "k-s3cret" }));
    expect(await backend.read(hexpm)).toEqual({ apiKey: "k-s3cret" });
    const seen = await readFile(join(folder, "seen"), "utf8");
    expect(seen).not.toMatch(/s3cret|NODE_OPTIONS/);
    expect(seen).toContain('"LANG":"C"');
  });
});

describe("the error of a keychain", () => {
  const cases: [NodeJS.Platform, string, Failure["code"], RegExp][] = [
    ["darwin", "User interaction is not allowed.", "storage_locked", /macOS Keychain is locked/],
    [
      "darwin",
      "The user name or passphrase you entered is not correct.",
      "storage_locked",
      /Unlocking the macOS Keychain failed/,
    ],
    ["win32", "A specified logon session does not exist.", "storage_unavailable", /kind of session/],
    [
      "win32",
      "Attribute 'password' is longer than platform limit of 2560 chars",
      "storage_write_failed",
      /too long/,
    ],
    ["linux", "Cannot find native binding.", "storage_unavailable", /can't be loaded/],
    ["linux", "strange \u001b[2Jthings.", "storage_write_failed", /failed: strange \\u\{1b\}\[2Jthings\.$/],
  ];
  it.each(cases)("on %s “%s” is %s", (platform, text, code, message) => {
    const { failure } = keychainFailure([text], { platform, env: {} }, true);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
