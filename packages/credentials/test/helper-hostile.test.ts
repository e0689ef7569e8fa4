import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Failure, FailureError } from "@hexuser/core";
import { describe, expect, it } from "vitest";
import { createHelperBackend } from "../src/helper/helper-backend.ts";
import { startScript } from "./file/run-node.ts";
import { goodHelper, makeFakeHelper } from "./helper/fake-helper.ts";
import { isRunning } from "./is-running.ts";

const hexpm = { profile: "default", origin: "https://hex.pm" };
const url = "https://hex.pm/hexuser/default";

/** The failure of a call. It shows no secret, no long text, and no character that moves the cursor. */
async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const error = await call.then(
    () => expect.unreachable("it succeeded"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FailureError);
  const { failure } = error as FailureError;
  const shown = JSON.stringify(failure);
  expect(shown).not.toContain("s3cret");
  expect(failure.message + failure.hint?.join()).not.toMatch(/\p{Cc}/u);
  expect(shown.length).toBeLessThan(800);
  expect(failure.hint).toBeDefined();
  return failure;
}

const answer = (fields: object) => `echo '${JSON.stringify(fields)}'`;

describe("reading fails if a helper answers", () => {
  const cases: Record<string, [script: string, code: string, message: RegExp]> = {
    garbage: ["echo hello", "storage_unavailable", /did not answer as a credential helper/],
    nothing: ["true", "storage_unavailable", /did not answer as a credential helper/],
    "a list": ["echo []", "storage_unavailable", /did not answer/],
    "a number for a secret": [answer({ ServerURL: url, Secret: 1 }), "storage_unavailable", /did not answer/],
    "the item of another registry": [
      answer({
        ServerURL: "https://evil.example/hexuser/default",
        Username: "x",
        Secret: '{"apiKey":"s3cret"}',
      }),
      "storage_unavailable",
      /did not answer/,
    ],
    "a secret that isn't JSON": [
      answer({ ServerURL: url, Username: "x", Secret: "s3cret" }),
      "storage_damaged",
      /contains no valid credentials/,
    ],
    "credentials of another shape": [
      answer({ ServerURL: url, Username: "x", Secret: '{"s3cret":1}' }),
      "storage_damaged",
      /contains no valid credentials/,
    ],
    "bytes that aren't text": ["printf '\\377\\376'", "storage_unavailable", /not text/],
    "an endless answer": ["yes s3cret", "storage_unavailable", /printed more than/],
    "2 MiB at once": ["head -c 2097152 /dev/zero | tr '\\0' s", "storage_unavailable", /printed more than/],
    "endless errors, and then nothing": ["head -c 5000000 /dev/zero >&2; exit 3", "storage_unavailable", /./],
    "an error with control characters": [
      "printf 'bad \\033[2J\\nsecond line'; exit 1",
      "storage_unavailable",
      /bad \\u\{1b\}\[2J\.$/,
    ],
    "a long error": ["head -c 5000 /dev/zero | tr '\\0' x; exit 1", "storage_unavailable", /x…\.$/],
    "an error that quotes a secret": [
      `echo 'bad input {"Secret":"{\\"apiKey\\":\\"s3cret\\"}"}'; exit 1`,
      "storage_unavailable",
      /exit code 1/,
    ],
    "an exit code alone": ["exit 42", "storage_unavailable", /exit code 42/],
    "a crash": ["kill -SEGV $$", "storage_unavailable", /it crashed/],
    "a program that isn't found": [
      "echo 'gpg: command not found' >&2; exit 127",
      "storage_unavailable",
      /gpg/,
    ],
    "a warning after the answer": [`echo '{}'; echo 'a warning'`, "storage_unavailable", /did not answer/],
    "an error on stderr": ["echo 'no such vault' >&2; exit 1", "storage_unavailable", /no such vault/],
    "an error, and that a cache has nothing": [
      "echo 'cache: credentials not found' >&2; echo 'error: vault is unreachable'; exit 1",
      "storage_unavailable",
      /vault is unreachable/,
    ],
    "that only a cache has nothing": [
      "echo 'cache: credentials not found' >&2; exit 1",
      "storage_unavailable",
      /cache/,
    ],
    "that it is locked": ["echo 'the vault is locked'; exit 1", "storage_locked", /the vault is locked/],
  };
  for (const [name, [script, code, message]] of Object.entries(cases)) {
    it(name, async () => {
      const { backend } = await makeFakeHelper(script);
      const failure = await failureOf(backend.read(hexpm));
      expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    });
  }
});

it.each([
  ["exit code 1", "echo 'credentials not found in native keychain'; exit 1"],
  ["exit code 1, on stderr", "echo 'docker-credential-fake: credentials not found' >&2; exit 1"],
  ["a warning before it", "echo 'warning: old format'; echo 'credentials not found'; exit 1"],
  ["an empty secret", answer({ ServerURL: url, Username: "", Secret: "" })],
])("the backend is empty if the helper answers with %s", async (_, script) => {
  const { backend } = await makeFakeHelper(script);
  expect(await backend.read(hexpm)).toBeUndefined();
});

it.each([
  [
    "a warning before it",
    `echo 'warning: old format'; ${answer({ ServerURL: url, Secret: '{"apiKey":"k"}' })}`,
  ],
  [
    "another program that still has the helper's output open",
    `sleep 3 & ${answer({ ServerURL: url, Secret: '{"apiKey":"k"}' })}`,
  ],
])("an answer counts with %s", async (_, script) => {
  const { backend } = await makeFakeHelper(script, { limit: 1500 });
  expect(await backend.read(hexpm)).toEqual({ apiKey: "k" });
});

describe("a helper that takes too long", () => {
  it("is killed with all processes that it started, and the person gets a notice meanwhile", async () => {
    const notices: string[] = [];
    const { backend, folder } = await makeFakeHelper("sleep 600 & echo $! > pid; wait", {
      limit: 3500,
      notify: (message) => notices.push(message),
    });
    expect(await failureOf(backend.read(hexpm))).toMatchObject({
      code: "storage_unavailable",
      message: expect.stringContaining("within 3.5 seconds"),
    });
    expect(notices).toEqual([expect.stringContaining("Waiting for docker-credential-fake")]);
    const pid = Number(await readFile(join(folder, "pid"), "utf8"));
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it("isn't waited for after it has ended, even if another program still has its output", async () => {
    const { backend } = await makeFakeHelper("sleep 3 & exit 1", { limit: 500 });
    expect((await failureOf(backend.read(hexpm))).code).toBe("storage_unavailable");
  });
});

describe("a helper that reports success but fails", () => {
  it("when storing", async () => {
    const { backend } = await makeFakeHelper(`${goodHelper}`.replace('mv new "kept$f"', "rm new"));
    const failure = await failureOf(backend.update(hexpm, async () => ({ apiKey: "s3cret" })));
    expect(failure).toMatchObject({ code: "storage_write_failed", details: { reason: "not_kept" } });
  });

  it("when erasing", async () => {
    const { backend } = await makeFakeHelper(goodHelper.replace('rm -f "kept$f"', "true"));
    await backend.update(hexpm, async () => ({ apiKey: "s3cret" }));
    expect(await failureOf(backend.update(hexpm, async () => undefined))).toMatchObject({
      code: "storage_write_failed",
      details: { reason: "not_kept" },
    });
  });

  it("or quotes the secret that it got", async () => {
    const { backend } = await makeFakeHelper(`[ $1 = store ] && { cat; exit 1; }\n${goodHelper}`);
    expect((await failureOf(backend.update(hexpm, async () => ({ apiKey: "s3cret" })))).code).toBe(
      "storage_write_failed",
    );
  });
});

describe("the input of a helper", () => {
  it("is only the action as an argument, and no variable of hexuser or Node", async () => {
    const env = {
      HEX_API_KEY: "s3cret",
      HEXUSER_BACKEND: "s3cret",
      HEXPM_API_KEY: "s3cret",
      NODE_OPTIONS: "s3cret",
      VAULT_TOKEN: "mine",
      VAULT_ADDR: "mine",
      OTHER: "s3cret",
      GNUPGHOME: "/home/eric/keys",
      XDG_RUNTIME_DIR: "/run",
    };
    const script = `{ echo "$# $*"; env; } >> seen\n${goodHelper}`;
    const fake = await makeFakeHelper(script);
    const backend = createHelperBackend({
      name: fake.path,
      env: { ...env, PATH: process.env.PATH },
      lockDirectory: join(fake.folder, "locks"),
      passOn: ["VAULT_*", "HEX_*", "HEXPM_API_KEY"],
    });
    expect(backend.id).toBe(`helper:${fake.path}`);
    await backend.update(hexpm, async () => ({ apiKey: "s3cret" }));
    await backend.update(hexpm, async () => undefined);
    const seen = await readFile(join(fake.folder, "seen"), "utf8");
    expect(seen).not.toContain("s3cret");
    expect(seen).toMatch(/^VAULT_TOKEN=mine$/m);
    expect(seen).toMatch(/^GNUPGHOME=\/home\/eric\/keys$/m);
    expect([...new Set(seen.match(/^\d \w+$/gm))].sort()).toEqual(["1 erase", "1 get", "1 store"]);
  });
});

describe("a missing helper", () => {
  const open = (name: string, path: string) =>
    createHelperBackend({ name, env: { PATH: path }, lockDirectory: "/nonexistent" });

  it("is named, with the next step", async () => {
    const backend = open("nowhere", process.env.PATH ?? "");
    expect(await failureOf(backend.read(hexpm))).toMatchObject({
      code: "storage_unavailable",
      message: "There is no program docker-credential-nowhere on the PATH.",
    });
    expect(await backend.available()).toEqual({
      available: false,
      why: "There is no program docker-credential-nowhere on the PATH.",
      hint: [expect.stringMatching(/^install/), { option: "backend", value: "helper:NAME" }, "."],
    });
  });

  it("isn't searched in the working directory", async () => {
    const { folder } = await makeFakeHelper(goodHelper);
    const before = process.cwd();
    expect((await stat(join(folder, "docker-credential-fake"))).isFile()).toBe(true);
    expect((await failureOf(open("fake", `.::${before}/none`).read(hexpm))).code).toBe("storage_unavailable");
  });

  it.each(["", "../x", "a/b", "-x", "a b", "x;y"])("can't have the name “%s”", (name) => {
    expect(() => open(name, "/bin")).toThrow(FailureError);
  });
});

describe("several processes", () => {
  it("lose nothing if they write at once", async () => {
    const { folder, backend } = await makeFakeHelper(goodHelper);
    const running = ["a", "b", "c", "d"].map((name) =>
      startScript("../helper/add-key.ts", [folder, name, "4"]),
    );
    for (const { finished } of running) {
      expect(await finished).toMatchObject({ code: 0, stderr: "" });
    }
    const kept = (await backend.read(hexpm))?.apiKey ?? "";
    expect([...kept].sort().join("")).toBe("aaaabbbbccccdddd");
  });

  it("let the helper finish writing and leave no lock if they are killed meanwhile", async () => {
    const slow = goodHelper.replace("mv new", "echo storing >> log; sleep 0.4; mv new");
    const { folder, backend } = await makeFakeHelper(slow);
    const { child, finished, printed } = startScript("../helper/add-key.ts", [folder, "k", "1"]);
    await printed("begun");
    await expect
      .poll(() => readFile(join(folder, "log"), "utf8").catch(() => ""), { timeout: 10_000 })
      .not.toBe("");
    child.kill("SIGKILL");
    await finished;
    await expect.poll(async () => (await backend.read(hexpm))?.apiKey, { timeout: 5000 }).toBe("k");
    await backend.update(hexpm, async () => ({ apiKey: "free" }));
    expect(await backend.read(hexpm)).toEqual({ apiKey: "free" });
  });
});
