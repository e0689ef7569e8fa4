import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { FailureError, type Shell, type StoredCredentials } from "@hexuser/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEnvBackend, type EnvBackendOptions } from "../src/env/env-backend.ts";
import { exportLines, unsetLines } from "../src/env/shell-lines.ts";
import { credentialShapes } from "./backend-contract.ts";
import { describeWith } from "./requirements.ts";

const run = promisify(execFile);
const hexpm = { profile: "default", origin: "https://hex.pm" };

/** A backend, with its printed lines and its notices. */
function open(env: Record<string, string>, options: Partial<EnvBackendOptions> = {}) {
  const printed: string[] = [];
  const told: string[] = [];
  const backend = createEnvBackend({
    env,
    print: (lines) => printed.push(...lines),
    notify: (message) => told.push(message),
    ...options,
  });
  return { backend, printed, told };
}

describe("the env backend reads", () => {
  const cases: [Record<string, string>, StoredCredentials | undefined, string][] = [
    [{}, undefined, "HEX_API_KEY"],
    [{ HEX_API_KEY: "" }, undefined, "HEX_API_KEY"],
    [{ HEX_API_KEY: "k" }, { apiKey: "k" }, "HEX_API_KEY"],
    [{ HEX_API_KEY: "Bearer t" }, { apiKey: "Bearer t" }, "HEX_API_KEY"],
    [
      { HEX_API_KEY: "k\r\n", HEX_REPOS_KEY: "r\n" },
      { apiKey: "k", keys: { repositories: "r" } },
      "HEX_API_KEY",
    ],
    [{ HEX_API_KEY: "\n", HEXPM_API_KEY: "g" }, { apiKey: "g" }, "HEXPM_API_KEY"],
    [{ HEXPM_API_KEY: "g" }, { apiKey: "g" }, "HEXPM_API_KEY"],
    [{ HEX_API_KEY: "", HEXPM_API_KEY: "g" }, { apiKey: "g" }, "HEXPM_API_KEY"],
    [{ HEX_API_KEY: "k", HEXPM_API_KEY: "g" }, { apiKey: "k" }, "HEX_API_KEY"],
    [{ HEX_REPOS_KEY: "r" }, { keys: { repositories: "r" } }, "HEX_REPOS_KEY"],
    [{ HEX_API_KEY: "k", HEX_REPOS_KEY: "r" }, { apiKey: "k", keys: { repositories: "r" } }, "HEX_API_KEY"],
  ];
  it.each(cases)("of %j, %j from %s", async (env, credentials, location) => {
    const { backend } = open(env, { account: hexpm });
    expect(await backend.read(hexpm)).toEqual(credentials);
    expect(backend.location(hexpm)).toBe(location);
    expect(await backend.available()).toEqual({ available: true });
    expect(await backend.list()).toEqual(credentials === undefined ? [] : [{ ...hexpm, assumed: true }]);
  });

  it.each(["s3crét", "s3cret\nx-evil: 1", "s3cret\u0000"])("nothing that can't be a key: %j", async (key) => {
    const { backend } = open({ HEX_API_KEY: key });
    const refused = await backend.read(hexpm).catch((error: FailureError) => error.failure);
    expect(refused).toMatchObject({ code: "invalid_input", message: expect.stringContaining("HEX_API_KEY") });
    expect(JSON.stringify(refused)).not.toContain("s3cr");
  });

  it("nothing for an invalid origin", async () => {
    const { backend } = open({ HEX_API_KEY: "k" });
    await expect(backend.read({ profile: "default", origin: "hex.pm" })).rejects.toThrow(FailureError);
    expect(await backend.list()).toEqual([]);
  });
});

describe("the env backend prints", () => {
  const names = { write: "laptop", read: "laptop-read" };
  const cases: [string, StoredCredentials, string[]][] = [
    ["a key", { apiKey: "k" }, ["export HEX_API_KEY='k'"]],
    [
      "three keys",
      { keys: { write: "w", read: "r", repositories: "p", names } },
      ["export HEX_API_KEY='w'", "export HEX_REPOS_KEY='p'"],
    ],
    ["a read key", { keys: { read: "r" } }, ["export HEX_API_KEY='r'"]],
    [
      "a session",
      { session: { accessToken: "t", expiresAt: 1_795_478_400 } },
      ["export HEX_API_KEY='Bearer t'"],
    ],
    [
      "the first of all",
      { apiKey: "k", session: { accessToken: "t", expiresAt: 0 } },
      ["export HEX_API_KEY='k'"],
    ],
  ];
  it.each(cases)("%s", async (_, credentials, lines) => {
    const { backend, printed } = open({});
    await backend.update(hexpm, async () => credentials);
    expect(printed).toEqual(lines);
  });

  it("how long a session is valid, because nothing can renew it", async () => {
    const { backend, told } = open({});
    await backend.update(hexpm, async () => ({ session: { accessToken: "t", expiresAt: 1_795_478_400 } }));
    expect(told).toEqual([expect.stringContaining("2026-11-24T00:00:00Z")]);
  });

  it("lines that unset variables with old values", async () => {
    const { backend, printed } = open({ HEXPM_API_KEY: "g", HEX_REPOS_KEY: "old" });
    await backend.update(hexpm, async () => ({ apiKey: "k" }));
    expect(printed).toEqual(["unset HEXPM_API_KEY", "unset HEX_REPOS_KEY", "export HEX_API_KEY='k'"]);
  });

  it("lines that unset variables for removed credentials", async () => {
    for (const env of [
      { HEX_API_KEY: "k" },
      { HEX_REPOS_KEY: "r" },
      { HEXPM_API_KEY: "g", HEX_REPOS_KEY: "r" },
    ]) {
      const { backend, printed } = open(env, { shell: "fish" });
      await backend.update(hexpm, async () => undefined);
      expect(printed).toEqual(Object.keys(env).map((name) => `set -e ${name}`));
    }
  });

  it("nothing if the variables are unset and stay unset, or if nothing changes", async () => {
    const { backend, printed } = open({});
    await backend.update(hexpm, async () => undefined);
    await open({ HEX_API_KEY: "k" }, { print: (lines) => printed.push(...lines) }).backend.update(
      hexpm,
      async (now) => now,
    );
    expect(printed).toEqual([]);
  });

  it("the lines for every shape of credentials without their names and refresh tokens", async () => {
    for (const credentials of Object.values(credentialShapes(false))) {
      const { backend, printed } = open({});
      const { apiKey = "" } = credentials;
      const changing = backend.update(hexpm, async () => credentials);
      if (apiKey.includes("\0")) {
        await expect(changing).rejects.toMatchObject({ failure: { code: "storage_write_failed" } });
      } else {
        await changing;
        expect(printed.join("\n")).not.toMatch(/refresh-s3cret|laptop/);
        expect(printed.length).toBeGreaterThan(0);
      }
    }
  });

  it("no key that a local password encrypts", async () => {
    const changing = open({}).backend.update(hexpm, async () => ({ keys: { write: { sealed: "x" } } }));
    await expect(changing).rejects.toMatchObject({ failure: { code: "storage_write_failed" } });
  });
});

describe("the env backend that prints nothing", () => {
  it("stores nothing, and tells the next step", async () => {
    const { backend } = open({ HEX_API_KEY: "k-s3cret" }, { print: undefined });
    for (const next of [{ apiKey: "new-s3cret" }, undefined]) {
      const error = await backend.update(hexpm, async () => next).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        failure: {
          code: "storage_write_failed",
          hint: expect.arrayContaining([
            expect.stringContaining("HEX_API_KEY"),
            { call: "auth", given: { backend: "env" } },
          ]),
        },
      });
      expect(JSON.stringify(error)).not.toContain("s3cret");
    }
  });

  it("accepts removing a missing item", async () => {
    await open({}, { print: undefined }).backend.update(hexpm, async () => undefined);
  });

  it("rethrows the error of a change", async () => {
    const thrown = new Error("the registry is gone");
    const changing = open({}).backend.update(hexpm, async () => {
      throw thrown;
    });
    await expect(changing).rejects.toBe(thrown);
  });
});

/** Text for an environment, with characters that are special in shells. */
const values = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."'\"\\$`!*?[]{}()<>|&;#~ \t\r=%^-",
        "''",
        "'\\''",
        "$(false)",
        "\u2018",
        "\u2019",
        "é☃",
      ),
      fc.string({ unit: "grapheme", maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join("").replaceAll(/[\0\n]/g, ""));

const shellsHere: [Shell, string, (lines: string) => string][] = [
  ["bash", "bash", (lines) => lines],
  ["zsh", "zsh", (lines) => lines],
  ["fish", "fish", (lines) => lines],
];

for (const [shell, command] of shellsHere) {
  describeWith(command)(`a real ${shell}`, () => {
    const flags = { bash: ["--norc"], zsh: ["-f"], fish: ["--no-config"], powershell: [] }[shell];
    const evaluated = async (script: string, env: Record<string, string> = {}) => {
      const parameters = [...flags, "-c", `${script}\nprintenv -0`];
      const base = { PATH: process.env.PATH ?? "", LANG: "C.UTF-8", HOME: "/nonexistent" };
      const { stdout } = await run(command, parameters, { env: { ...base, ...env } });
      return new Map(
        stdout.split("\0").map((line) => [line.split("=")[0], line.slice(line.indexOf("=") + 1)]),
      );
    };

    it("quotes every value correctly", async () => {
      const all = fc.sample(values, { numRuns: 400, seed: 4 });
      const variables = Object.fromEntries(all.map((value, index) => [`V${index}`, value]));
      const found = await evaluated(exportLines(shell, variables).join("\n"));
      for (const [name, value] of Object.entries(variables)) {
        expect(found.get(name)).toBe(value);
      }
    });

    it("evaluates a program's output, as the documentation says", async () => {
      const lines = exportLines(shell, { HEX_API_KEY: "Bearer it's \\ $HOME" }).join("\n");
      const evaluate =
        shell === "fish" ? 'printf "%s\\n" $LINES_OF | source' : 'eval "$(printf "%s\\n" "$LINES_OF")"';
      const found = await evaluated(evaluate, { LINES_OF: lines });
      expect(found.get("HEX_API_KEY")).toBe("Bearer it's \\ $HOME");
    });

    it("unsets set and unset variables", async () => {
      const script = unsetLines(shell, ["HEX_API_KEY", "HEX_REPOS_KEY"]).join("\n");
      const found = await evaluated(script, { HEX_API_KEY: "k" });
      expect(found.has("HEX_API_KEY")).toBe(false);
      expect(found.size).toBeGreaterThan(1);
    });
  });
}

describe("lines for PowerShell", () => {
  it("double every quotation mark that ends a text there", () => {
    expect(exportLines("powershell", { HEX_API_KEY: "a'b‘c’d‚e‛f$x`" })).toEqual([
      "$Env:HEX_API_KEY = 'a''b‘‘c’’d‚‚e‛‛f$x`'",
    ]);
    expect(unsetLines("powershell", ["HEX_API_KEY"])).toEqual([
      "Remove-Item Env:HEX_API_KEY -ErrorAction SilentlyContinue",
    ]);
  });
});

describe("lines for any shell", () => {
  it("contain no value with a line break, and no invalid name", () => {
    for (const shell of ["bash", "zsh", "fish", "powershell"] as const) {
      expect(() => exportLines(shell, { HEX_API_KEY: "a\nb" })).toThrow(FailureError);
      expect(() => exportLines(shell, { HEX_API_KEY: "a\0b" })).toThrow(FailureError);
      expect(() => exportLines(shell, { "x;reboot": "a" })).toThrow(FailureError);
      expect(() => unsetLines(shell, ["$(reboot)"])).toThrow(FailureError);
    }
  });
});
