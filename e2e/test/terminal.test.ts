import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hexuserPath } from "../hexuser-environment.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { createSetting, localPassword, type Setting, signIn } from "../setting.ts";
import { openTerminal, type Terminal } from "../terminal.ts";
import { replyUntilEnd } from "../terminal-replies.ts";

let registry: TestRegistry;
let setting: Setting;
let terminal: Terminal | undefined;
beforeAll(async () => {
  registry = await startRegistry("classic-2021");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
});
afterEach(() => {
  terminal?.kill();
  setting.machine.remove();
});

function open(args: readonly string[], env: Readonly<Record<string, string>> = {}): Terminal {
  terminal = openTerminal(args, { machine: setting.machine, env });
  return terminal;
}

/** Answers questions in this order. */
async function answer(asking: Terminal, replies: readonly (readonly [string | RegExp, string])[]) {
  for (const [question, typed] of replies) {
    await asking.expect(question);
    asking.type(`${typed}\r`);
  }
}

describe("Ctrl-C at a question", () => {
  /** Prints the terminal's settings before and after, which shows what a program doesn't restore. */
  const watched = (command: string) => [
    "-c",
    `trap : INT; echo "before $(stty -g)"; ${hexuserPath} ${command}; echo "code $?"; echo "after $(stty -g)"`,
  ];

  it.each([
    ["auth", "Username or email"],
    ["auth --username someone", "Account password"],
    ["register --username someone --email s@example.com", "Do you accept them?"],
    ["whoami", "No authenticated user found"],
    ["reset_password account", "Username or email"],
  ])("ends `hexuser %s` with 130, and leaves the terminal as it was", async (command, question) => {
    terminal = openTerminal(watched(command), { machine: setting.machine, program: "/bin/sh" });
    await terminal.expect(`? ${question}`);
    terminal.type("\x03");
    await terminal.exit();
    const screen = terminal.transcript();
    expect(screen).toContain("code 130");
    expect(/after (\S+)/.exec(screen)?.[1]).toBe(/before (\S+)/.exec(screen)?.[1]);
    const raw = terminal.raw();
    expect(raw.lastIndexOf("\x1b[?25h")).toBeGreaterThanOrEqual(raw.lastIndexOf("\x1b[?25l"));
    expect(screen).not.toContain("To fix: please report");
  });
});

describe("Ctrl-Z at a question", () => {
  it.each([
    ["auth", "? Username or email"],
    ["auth --accessible", "Username or email: "],
  ])(
    "stops the whole pipeline of `%s`, and the question appears again afterwards",
    async (command, question) => {
      terminal = openTerminal(["--norc", "-i"], {
        machine: setting.machine,
        env: { PS1: "ready> " },
        program: "/bin/bash",
      });
      await terminal.expect("ready> ");
      terminal.type(`${hexuserPath} ${command} | cat\r`);
      await terminal.expect(question);
      terminal.type("\x1a");
      await terminal.expect("Stopped");
      await terminal.expect("ready> ");
      terminal.type("fg\r");
      await terminal.expect(`${command} | cat`);
      await terminal.expect(question);
      terminal.type(`${setting.account.username}\r`);
      await terminal.expect("Account password");
      terminal.type("\x03");
      await terminal.expect("ready> ");
    },
  );
});

describe("SIGSTOP at a question for a secret", () => {
  it.each(["", "--accessible"])("shows no keys that are typed afterwards: `auth %s`", async (flag) => {
    const { machine, account } = setting;
    terminal = openTerminal(["--norc", "-i"], { machine, env: { PS1: "ready> " }, program: "/bin/bash" });
    const pidFile = join(machine.home, "pid");
    await terminal.expect("ready> ");
    const command = `sh -c 'echo $$ >${pidFile}; exec ${hexuserPath} auth --username ${account.username} ${flag}'`;
    terminal.type(`${command}\r`);
    await terminal.expect(command);
    await terminal.expect("Account password");
    process.kill(Number(readFileSync(pidFile, "utf8")), "SIGTSTP");
    await terminal.expect("Stopped");
    await terminal.expect("ready> ");
    terminal.type("fg\r");
    await terminal.expect("Account password");
    terminal.type(`${account.password}\r`);
    await terminal.expect("ocal password");
    terminal.type("\x03");
    await terminal.expect("ready> ");
    expect(terminal.transcript()).not.toContain(account.password);
  });
});

describe("auth at a registry in the network without https", () => {
  it("is refused before any question, and warns if plain http is allowed", async () => {
    const { account } = setting;
    // A name that isn't a loopback address leads there through a proxy.
    const env = { HEX_API_URL: "http://registry.test/api", HTTP_PROXY: registry.url };
    for (const args of [["auth"], ["wizard", "auth"], ["register"]]) {
      expect(await replyUntilEnd(open(args, env), []), args.join(" ")).toBe(2);
      expect(terminal?.transcript()).toContain("is not encrypted");
      expect(terminal?.transcript()).toContain("hexuser http allow http://registry.test");
    }
    const exitCode = await replyUntilEnd(open(["auth", "--allow-http"], env), [
      { question: "Username or email", typed: account.username },
      { question: "Account password", typed: account.password },
      { question: "Local password:", typed: localPassword },
      { question: "Local password (confirm)", typed: localPassword },
    ]);
    const text = terminal?.transcript() ?? "";
    expect(exitCode, text).toBe(0);
    expect(text).toMatch(/Warning: The connection to http:\/\/registry\.test is not encrypted/);
  });
});

describe("questions", () => {
  it("come one after the other, and hide secrets", async () => {
    const { account } = setting;
    const exitCode = await replyUntilEnd(open(["auth"]), [
      { question: "Username or email", typed: account.username },
      { question: "Account password", typed: account.password },
      { question: "Local password", typed: localPassword },
    ]);
    expect(exitCode).toBe(0);
    expect(terminal?.transcript()).toContain("Signed in");
    expect(terminal?.raw()).not.toContain(account.password);
    expect(terminal?.raw()).not.toContain(localPassword);
  });

  it("lead from register to auth, and from auth to the original command", async () => {
    const { account } = setting;
    const exitCode = await replyUntilEnd(open(["whoami"]), [
      { question: "No authenticated user found", typed: "" },
      { question: "Username or email", typed: account.username },
      { question: "Account password", typed: account.password },
      { question: "Local password", typed: localPassword },
    ]);
    expect(exitCode).toBe(0);
    expect(terminal?.transcript().trimEnd().split(/\r?\n/).at(-1)).toBe(account.username);

    const registering = open(["register", "--username", "beginner", "--email", "b@example.com"]);
    const registered = await replyUntilEnd(registering, [
      { question: "Do you accept them?", typed: "y" },
      { question: "Account password", typed: "a new password" },
      { question: "Local password", typed: localPassword },
    ]);
    expect([registered, registering.transcript()]).toEqual([
      0,
      expect.stringContaining("Signed in as beginner"),
    ]);
  });

  it.each([
    ["wait for the confirmation of the address where a page signs in", "y", /Waiting for your approval/],
    ["let the person sign in later", "n", undefined],
  ])("after a registration at a current registry: %s", async (_, answer, then) => {
    const current = await startRegistry("current-basic-off");
    try {
      const args = ["register", "--username", "beginner", "--email", "b@example.com", "--accept-terms"];
      const registering = open(args, { HEX_API_URL: current.apiUrl });
      for (const question of ["Account password", "Account password (confirm)"]) {
        await registering.expect(`? ${question}`);
        registering.type("a new password\r");
      }
      await registering.expect(/sign in only after you have opened that link.*Sign in now\?/s);
      registering.type(`${answer}\r`);
      if (then === undefined) expect((await registering.exit()).code).toBe(0);
      else await registering.expect(then);
      expect(registering.transcript().match(/What is left to do/g)).toHaveLength(1);
    } finally {
      await current.close();
    }
  });

  it("don't offer a sign-in if the backend can store nothing", async () => {
    const registering = open(["register", "--username", "shell", "--email", "s@e.com", "--backend", "env"]);
    const registered = await replyUntilEnd(registering, [
      { question: "Do you accept them?", typed: "y" },
      { question: "Account password", typed: "a new password" },
    ]);
    expect([registered, registering.transcript()]).toEqual([0, expect.stringContaining("Then sign in with")]);
    const listing = open(["key", "list", "--backend", "env"]);
    expect((await listing.exit()).code).toBe(4);
    expect(listing.transcript()).not.toContain("? ");
  });

  it("repeat a wrong local password three times", async () => {
    await signIn(setting);
    registry.control.createKey({ username: setting.account.username, name: "ci" });
    const revoking = open(["key", "revoke", "ci"]);
    for (const typed of ["wrong", "wrong too", localPassword]) {
      await revoking.expect("? Local password");
      revoking.type(`${typed}\r`);
      await revoking.expect("•");
    }
    expect((await revoking.exit()).code).toBe(0);
    expect(revoking.transcript()).toContain("Revoked: ci.");
  });

  it("come back if the registry refuses the answer, before anything else is asked", async () => {
    const { account } = setting;
    const signingIn = open(["auth", "--username", account.username]);
    await answer(signingIn, [
      ["? Account password", "not it"],
      [/password is wrong[\s\S]*\? Account password/, "nor this"],
      [/password is wrong[\s\S]*\? Account password/, account.password],
      ["? Local password:", localPassword],
      ["? Local password (confirm)", localPassword],
      ["Signed in as", ""],
    ]);
    const changing = open(["reset_password", "local"]);
    await answer(changing, [
      ["? Local password", "not it"],
      [/local password is wrong[\s\S]*\? Local password/, localPassword],
      ["? New local password:", "another password"],
      ["? New local password (confirm)", "another password"],
      ["was changed", ""],
    ]);
    const { secret } = registry.control.createKey({ username: account.username, name: "brought" });
    const bringing = open(["auth", "--with-key"]);
    await answer(bringing, [
      ["? API key", "two words"],
      [/API key is not an API key[\s\S]*\? API key/, "0123456789abcdef"],
      [/is not valid[\s\S]*\? API key/, secret],
      ["Signed in as", ""],
    ]);
  });

  it("come back for refused values of a new account, and for no others", async () => {
    const registering = open(["register", "--email", "new@example.com"]);
    await answer(registering, [
      ["Do you accept them?", "y"],
      ["? Username", setting.account.username],
      ["? Account password:", "a new password"],
      ["? Account password (confirm)", "a new password"],
      [/The username has already been taken\.[\s\S]*\? Username/, "newcomer"],
      ["? Local password", "\x03"],
    ]);
    expect(registry.control.user("newcomer").email).toBe("new@example.com");
  });

  it("are asked by `key generate` without flags, if its output is for a terminal", async () => {
    await signIn(setting);
    for (const [command, question] of [
      ["key generate", "? Name of the key"],
      ["key generate ci", "? What may the key do?"],
      ["key generate --key-name ci", "? Account password"],
      ["key generate --json", "? Account password"],
      ["key generate | cat", "? Account password"],
    ]) {
      const { machine } = setting;
      const generating = openTerminal(["-c", `${hexuserPath} ${command}`], { machine, program: "/bin/sh" });
      await generating.expect(/\? [^?]*[:?]/);
      expect(generating.transcript(), command).toContain(question);
      generating.type("\x03");
      await generating.exit();
    }
  });

  it("ask what a key may do and until when, and ask again if the registry can't make it", async () => {
    await signIn(setting);
    const generating = open(["key", "generate"]);
    await answer(generating, [
      ["? Name of the key:", "ci"],
      ["? What may the key do?", "6"],
      ["? When should the key expire?", ""],
      ["? Account password", setting.account.password],
      [/can't make keys that expire[\s\S]*\? When should the key expire\?/, "5"],
    ]);
    expect((await generating.exit()).code).toBe(0);
    expect(generating.transcript()).toMatch(/“ci” may change things at the registry and never expires/);
    expect(generating.transcript()).toContain("Permissions: api:read, api:write.");
  });

  it("aren't asked about a missing key, and say first which keys will be revoked", async () => {
    await signIn(setting);
    const { username } = setting.account;
    registry.control.createKey({ username, name: "ci-deploy" });
    const revoking = open(["key", "revoke", "ci-deplyo"]);
    expect((await revoking.exit()).code).toBe(1);
    expect(revoking.transcript()).toContain("did you mean “ci-deploy”?");
    expect(revoking.transcript()).not.toContain("? Local password");
    const all = open(["key", "revoke", "--all"]);
    await all.expect("Type the account's name");
    expect(all.transcript()).toMatch(/This revokes \d keys: .*“ci-deploy”/s);
    all.type("\x03");
    expect((await all.exit()).code).toBe(130);
  });

  it("are not asked if CI is set or with --no-input", async () => {
    for (const [args, env] of [
      [["whoami"], { CI: "true" }],
      [["whoami", "--no-input"], {}],
    ] as const) {
      const asked = open(args, env);
      expect((await asked.exit()).code).toBe(4);
      expect(asked.transcript()).toMatch(/No authenticated user[\s\S]*To fix: /);
      expect(asked.transcript()).not.toContain("? ");
    }
  });
});

describe("colours", () => {
  it("appear on a terminal", async () => {
    const colourful = open(["whoami", "--no-input"]);
    await colourful.exit();
    expect(colourful.raw()).toContain("\x1b[");
  });

  it.each([
    [["whoami", "--no-input"], { NO_COLOR: "1" }],
    [["whoami", "--no-input"], { TERM: "dumb" }],
    [["whoami", "--no-input", "--no-color"], {}],
  ])("don't appear with %j and %j", async (args, env) => {
    const plain = open(args, env as Record<string, string>);
    await plain.exit();
    expect(plain.raw()).toBe(stripVTControlCharacters(plain.raw()));
  });
});

describe("help", () => {
  it.each([40, 60, 200])(
    "is wrapped between words at %i columns, and never wider than 80",
    async (columns) => {
      terminal = openTerminal(["auth", "--help"], { machine: setting.machine, columns });
      expect((await terminal.exit()).code).toBe(0);
      const lines = terminal.transcript().split(/\r?\n/);
      const longest = Math.max(...lines.map((line) => line.length));
      expect(longest).toBeLessThanOrEqual(Math.min(80, columns));
      expect(longest).toBeGreaterThan(Math.min(80, columns) - 10);
    },
  );
});

describe("a table", () => {
  it.each([60, 80, 120])("fits into a terminal of %i columns", async (columns) => {
    await signIn(setting);
    terminal = openTerminal(["key", "list"], { machine: setting.machine, columns });
    expect((await terminal.exit()).code).toBe(0);
    const widths = terminal
      .transcript()
      .split(/\r?\n/)
      .map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
  });
});
