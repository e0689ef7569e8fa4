import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { goodHelper } from "@hexuser/credentials/test/helper/fake-helper";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { failureOf, type McpOptions, type McpSession, openMcp, textOf } from "../mcp/mcp-session.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting, writeConfig } from "../setting.ts";

let registry: TestRegistry;
let setting: Setting;
let session: McpSession | undefined;
let secret: string;
beforeAll(async () => {
  registry = await startRegistry("classic-2021");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
  const key = { username: setting.account.username, name: "machine", permissions: [{ domain: "api" }] };
  secret = registry.control.createKey(key).secret;
  writeConfig(setting.machine, `{api_key,<<"${secret}">>}.\n{api_url,<<"${registry.apiUrl}">>}.\n`);
  registry.control.clearRequests();
});
afterEach(async () => {
  session?.kill("SIGKILL");
  await session?.ended;
  session = undefined;
  registry.control.clearFaults();
  setting.machine.remove();
});

async function open(options: Partial<McpOptions> = {}): Promise<McpSession> {
  session = await openMcp({ machine: setting.machine, args: ["--allow", "write"], ...options });
  return session;
}

const keysAsked = () => registry.control.requests().counts["POST /api/keys"] ?? 0;

async function keyNames(): Promise<readonly string[]> {
  const headers = { authorization: secret, accept: "application/json" };
  const keys = (await (await fetch(`${registry.apiUrl}/keys`, { headers })).json()) as { name: string }[];
  return keys.map(({ name }) => name);
}

describe("the place for a key that a model chooses", () => {
  /** Programs that leave a trace when they run, and a helper that stores its input. */
  function leaveTraps() {
    const { home } = setting.machine;
    const bin = join(home, "bin");
    const trace = join(home, "ran");
    mkdirSync(bin);
    writeFileSync(join(home, "Makefile"), `get store list erase:\n\ttouch ${trace}\n`);
    for (const name of ["script", "docker-credential-other"])
      writeFileSync(join(bin, name), `#!/bin/sh\ntouch ${trace}\n`, { mode: 0o755 });
    const helper = `#!/bin/sh\ncd "\${0%/*}"\n${goodHelper}\n`;
    writeFileSync(join(bin, "docker-credential-kept"), helper, { mode: 0o755 });
    return { bin, trace, env: { PATH: `${bin}:${setting.machine.env.PATH}` } };
  }

  it("can't be a program by its path, another backend, or a file that programs act on", async () => {
    const { home, hexHome } = setting.machine;
    const { bin, trace, env } = leaveTraps();
    const config = join(home, "conf");
    for (const directory of [join(config, "hexuser", "profiles"), join(home, ".ssh"), join(home, "work")])
      mkdirSync(directory, { recursive: true });
    symlinkSync(hexHome, join(home, "work", "hex"));
    symlinkSync(join(config, "hexuser", "profiles"), join(home, "work", "profiles"));
    writeFileSync(join(home, "there"), "mine");
    const places = [
      ...[
        "helper:/usr/bin/make",
        `helper:${bin}/script`,
        "helper:../bin/script",
        "helper:other",
        "keychain",
      ].map((id) => ({ saveTo: `backend:${id}`, profile: "ci" })),
      ...[
        join(hexHome, "key"),
        join(config, "hexuser", "key"),
        join(home, "work", "hex", "key"),
        join(home, "work", "profiles", "key"),
        join(home, "work", "..", "hex", "key"),
        join(home, ".bash_profile"),
        join(home, ".ssh", "key"),
        join(home, "there"),
      ].map((saveTo) => ({ saveTo })),
    ];
    const { call } = await open({ env: { ...env, XDG_CONFIG_HOME: config } });
    for (const place of places) {
      const { code } = failureOf(await call("key_generate", { keyName: "ci", ...place }));
      expect(code, place.saveTo).toBe("profile" in place ? "invalid_input" : "storage_write_failed");
      const isNew = !("profile" in place) && existsSync(place.saveTo);
      expect(isNew, place.saveTo).toBe(place.saveTo === join(home, "there"));
    }
    expect(existsSync(trace)).toBe(false);
    expect(readFileSync(join(home, "there"), "utf8")).toBe("mine");
    expect(registry.control.requests().requests).toEqual([]);
  });

  it("can be a backend of --save-to-backend, but no program by its path", async () => {
    const { trace, env } = leaveTraps();
    const { machine } = setting;
    const allow = ["mcp", "--allow", "write", "--save-to-backend"];
    const refused = await runHexuser([...allow, "helper:/usr/bin/make"], { machine, env });
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    const { call, traffic, close } = await open({ args: [...allow.slice(1), "helper:kept"], env });
    const place = { keyName: "ci", profile: "ci" };
    const byPath = await call("key_generate", { ...place, saveTo: "backend:helper:/usr/bin/make" });
    expect(failureOf(byPath).code).toBe("invalid_input");
    expect(keysAsked()).toBe(0);
    const made = await call("key_generate", { ...place, saveTo: "backend:helper:kept" });
    expect(made.isError, textOf(made)).toBeUndefined();
    await close();
    expect(existsSync(trace)).toBe(false);
    const flags = ["--backend", "helper:kept", "--profile", "ci"];
    expect((await runHexuser(["whoami", ...flags], { machine, env })).code).toBe(0);
    expect(traffic()).not.toMatch(/[0-9a-f]{32}/);
  });
});

describe("a key whose call doesn't finish", () => {
  const atRegistry = { timeout: 20_000, interval: 10 };
  const never = 60_000;
  const saveTo = () => join(setting.machine.home, "key");

  interface Case {
    readonly what: string;
    /** Milliseconds until the registry makes the key, and until it revokes it. */
    readonly post: number;
    readonly fault?: { readonly delayMs: number } | { readonly status: number };
    readonly expires?: string;
    readonly act: (opened: McpSession, cancel: () => void) => void;
    readonly said: readonly (string | RegExp)[];
    /** Whether the key remains. Absent if that depends on the machine's speed. */
    readonly isLeft?: boolean;
  }
  // On a slow machine, the program may have to end before it can revoke the key.
  const inTime = /“ci” was revoked again|may have been|The process ended before/;
  const perhaps = ["“ci”", "hexuser key list"];
  const left = ["The key “ci”", "`hexuser key revoke ci`"];
  const cases: readonly Case[] = [
    {
      what: "cancelled",
      post: 300,
      act: (_, cancel) => cancel(),
      said: ["“ci” was revoked again"],
      isLeft: false,
    },
    {
      what: "cancelled, and the registry refuses to revoke it",
      post: 300,
      fault: { status: 403 },
      act: (_, cancel) => cancel(),
      said: ["could not be revoked", ...left],
      isLeft: true,
    },
    {
      what: "cancelled, and the registry made one that doesn't expire",
      post: 300,
      expires: "1d",
      act: (_, cancel) => cancel(),
      said: ["still there, as “ci”", "`hexuser key revoke`"],
      isLeft: true,
    },
    {
      what: "cancelled, and the registry never answers",
      post: never,
      act: (_, cancel) => cancel(),
      said: ["may have made the change", ...perhaps],
    },
    { what: "ended", post: 300, act: ({ kill }) => kill("SIGTERM"), said: ["“ci”", inTime] },
    {
      what: "ended, and the registry never answers",
      post: never,
      act: ({ kill }) => kill("SIGTERM"),
      said: [/may have (been )?made/, ...perhaps],
    },
    {
      what: "ended, and the registry doesn't answer whether it was revoked",
      post: 100,
      fault: { delayMs: never },
      act: ({ kill }) => kill("SIGTERM"),
      said: ["The process ended before", "“ci”", /`hexuser key (revoke ci|list)`/],
    },
    {
      what: "ended at once by a second signal",
      post: never,
      act: ({ kill }) => {
        kill("SIGTERM");
        setTimeout(() => kill("SIGINT"), 100);
      },
      said: ["may have been made", ...perhaps],
    },
  ];

  it.each(cases)("is revoked or reported: $what", { timeout: 60_000 }, async (given) => {
    const { post, fault, expires, act, said, isLeft } = given;
    registry.control.addFault({ method: "POST", path: "/api/keys", delayMs: post });
    if (fault !== undefined)
      registry.control.addFault({ method: "DELETE", path: "/api/keys/*", times: 20, ...fault });
    const opened = await open();
    const controller = new AbortController();
    const args = { keyName: "ci", saveTo: saveTo(), ...(expires === undefined ? {} : { expires }) };
    const call = opened.client.callTool(
      { name: "key_generate", arguments: args },
      { signal: controller.signal },
    );
    call.catch(() => {});
    await expect
      .poll(() => registry.control.faults().some(({ method }) => method === "POST"), atRegistry)
      .toBe(false);
    act(opened, () => controller.abort());
    if (controller.signal.aborted) await opened.close();
    await opened.ended;
    for (const part of said) expect(opened.stderr()).toMatch(part);
    const isThere = (await keyNames()).includes("ci");
    expect(isThere).toBe(isLeft ?? (isThere && /hexuser key (list|revoke)/.test(opened.stderr())));
    expect(existsSync(saveTo()) ? readFileSync(saveTo(), "utf8") : "").toBe("");
  });

  it("is reported with its place if nobody reads the answer", async () => {
    registry.control.addFault({ method: "POST", path: "/api/keys", delayMs: 300 });
    const opened = await open();
    opened.call("key_generate", { keyName: "ci", saveTo: saveTo() }).catch(() => {});
    await expect.poll(() => registry.control.faults(), atRegistry).toEqual([]);
    opened.hangUp();
    await opened.ended;
    expect(opened.stderr()).toContain(`"savedTo":"${saveTo()}"`);
    expect(readFileSync(saveTo(), "utf8")).toMatch(/^[0-9a-f]{32}\n$/);
    expect(opened.stderr()).not.toContain(readFileSync(saveTo(), "utf8").trim());
  });

  it("never remains, whenever the client cancels the call", { timeout: 120_000 }, async () => {
    registry.control.addFault({ method: "POST", path: "/api/keys", delayMs: 100, times: 12 });
    const opened = await open();
    const file = (name: string) => join(setting.machine.home, name);
    const names = Array.from({ length: 12 }, (_, index) => `ci-${10 + index}`);
    const answered = await Promise.all(
      names.map(async (keyName, index) => {
        const controller = new AbortController();
        const args = { keyName, saveTo: file(keyName) };
        const call = opened.client
          .callTool({ name: "key_generate", arguments: args }, { signal: controller.signal })
          .then(
            () => true,
            () => false,
          );
        await wait(index * 25);
        controller.abort();
        return call;
      }),
    );
    await opened.close();
    const there = await keyNames();
    for (const [index, name] of names.entries()) {
      // The answer came before the cancellation, or the program told it on standard error.
      const told = answered[index] === true || opened.traffic().includes(`"savedTo":"${file(name)}"`);
      const isKnown = told || opened.stderr().includes(`its secret is in ${file(name)}`);
      expect({ name, isThere: there.includes(name), isKept: existsSync(file(name)) }).toEqual({
        name,
        isThere: isKnown,
        isKept: isKnown,
      });
    }
  });
});
