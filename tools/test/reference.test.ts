import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { answerNames, inputFields } from "@hexuser/core";
import { Ajv2020 } from "ajv/dist/2020.js";
import { environmentVariables } from "hexuser/environment-variables";
import { operations } from "hexuser/operations";
import { describe, expect, it } from "vitest";
import { itWith } from "../../e2e/requirements.ts";
import { referenceFiles, staleReferenceFiles } from "../reference-files.ts";
import { workspaceRoot } from "../workspace.ts";

const files = referenceFiles();

it("the reference is what `npm run reference` writes", () => {
  expect(staleReferenceFiles(files)).toEqual([]);
});

const mandoc = {
  met: spawnSync("mandoc", ["-T", "lint"], { input: "" }).error === undefined,
  reason: "it needs mandoc",
};

itWith(mandoc)("mandoc finds no problem in docs/hexuser.1", () => {
  const { status, stdout } = spawnSync("mandoc", ["-T", "lint", "-W", "warning"], {
    input: files.get("docs/hexuser.1"),
    encoding: "utf8",
  });
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

describe("the published schemas", () => {
  it.each(["hexuser", ...operations.map(({ id }) => id)])("%s is JSON Schema of draft 2020-12", (name) => {
    const schema = read(name);
    expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(JSON.stringify(schema)).not.toContain("__schema");
    for (const part of ["call", "outcome"]) expect(validator(name, part)).toBeTypeOf("function");
  });

  it.each(["hexuser", ...operations.map(({ id }) => id)])("%s contains only standard keywords", (name) => {
    // Ajv knows the keywords of the draft, and refuses all others.
    const ajv = new Ajv2020({ strictSchema: true, strictTypes: false, strictRequired: false });
    expect(ajv.validateSchema(read(name), true)).toBe(true);
    for (const part of ["call", "outcome"]) ajv.compile({ ...read(name), $ref: `#/$defs/${part}` });
  });

  it("accept calls and outcomes, and nothing else", () => {
    const isCall = validator("key.generate", "call");
    expect(isCall({ operation: "key.generate", input: { permissions: ["api:read"] } })).toBe(true);
    expect(isCall({ operation: "key.generate", input: { permissions: ["everything"] } })).toBe(false);
    expect(isCall({ operation: "key.revoke", input: {} })).toBe(false);
    const isOutcome = validator("hexuser", "outcome");
    const failure = { code: "offline", message: "…" };
    const told = (details: object) => isOutcome({ ok: false, failure: { ...failure, details } });
    expect(told({ status: 401, reason: "wrong_account_password" })).toBe(true);
    expect(told({ reason: "insecure", origin: "http://registry.example" })).toBe(true);
    expect(told({ reason: "insecure" })).toBe(false);
    expect(told({ reason: "mood" })).toBe(false);
    expect(told({ any: [{ json: null }] })).toBe(false);
    expect(isOutcome({ ok: false, failure: { ...failure, code: "else" } })).toBe(false);
    expect(isOutcome({ ok: true, output: { revoked: [], forgotten: false } })).toBe(true);
    const isEvent = validator("hexuser", "event");
    expect(isEvent({ type: "notice", message: "…" })).toBe(true);
    expect(isEvent({ type: "gossip", message: "…" })).toBe(false);
  });
});

describe("the reference page", () => {
  const sections = new Map(
    (files.get("docs/reference.md") ?? "").split(/^##+ /m).map((text) => [text.split("\n")[0] ?? "", text]),
  );
  const cells = (section: string) =>
    [...(sections.get(section) ?? "").matchAll(/^\| (\S.*?) +\|/gm)].map(([, cell]) => cell);

  it("explains each answer that an operation can need", () => {
    expect(cells("What may be asked for")).toEqual(
      expect.arrayContaining(answerNames().map((name) => `\`${name}\``)),
    );
  });

  it.each(operations.map((operation) => [operation.id, operation] as const))(
    "has each field of %s, and each flag",
    (id, operation) => {
      const section = sections.get(`\`hexuser ${id.replaceAll(".", " ")}\``) ?? "";
      for (const name of Object.keys(operation.output.shape)) expect(section).toContain(`| \`${name}\``);
      for (const { flag } of inputFields(operation)) {
        if (flag !== undefined) expect(section).toMatch(new RegExp(`^\\| \`--${flag}[ \`]`, "m"));
      }
    },
  );
});

describe("the table of environment variables", () => {
  const sources = globSync("packages/{cli,credentials,auth,core,wizard}/src/**/*.ts", { cwd: workspaceRoot })
    .filter((file) => !file.endsWith("environment-variables.ts"))
    .map((file) => readFileSync(join(workspaceRoot, file), "utf8"))
    .join("\n");
  const named = [
    ...sources.matchAll(/\benv\.([A-Z][A-Z_]+)\b/g),
    ...sources.matchAll(/"((?:HEX|HEXPM|HEXUSER|MIX|XDG)_[A-Z_]+)"/g),
  ].map(([, name]) => name);

  it("has all variables that the program reads", () => {
    const missing = named.filter((name = "") => !Object.hasOwn(environmentVariables, name));
    expect(new Set(missing)).toEqual(new Set());
  });

  it("has no variable that the program doesn't read", () => {
    const unread = Object.keys(environmentVariables).filter((name) => !sources.includes(name));
    expect(unread).toEqual([]);
  });
});

function read(name: string): Record<string, unknown> {
  return JSON.parse(files.get(`docs/reference/schemas/${name}.json`) ?? "");
}

function validator(name: string, part: string) {
  const ajv = new Ajv2020({ strict: false });
  return ajv.compile({ ...read(name), $ref: `#/$defs/${part}` });
}
