import { inputFields } from "@hexuser/core";
import { keyGenerate, keyRevoke, register, whoami } from "@hexuser/core/operations";
import { describe, expect, it } from "vitest";
import { commandArguments, commandFlags } from "../src/argv/command-flags.ts";
import { globalFlags } from "../src/argv/global-flags.ts";
import { readOptions } from "../src/argv/options.ts";
import { auth } from "../src/operations/auth.ts";
import { operations } from "../src/operations/index.ts";

const flagNames = (operation: (typeof operations)[number]) => commandFlags(operation).map(({ name }) => name);

describe("the flags of a command", () => {
  it("follow from the input's schema", () => {
    expect(flagNames(register)).toEqual(["accept-terms", "username", "email"]);
    expect(flagNames(keyGenerate)).toEqual(
      expect.arrayContaining(["key-name", "permission", "expires", "username"]),
    );
    expect(commandFlags(keyGenerate).find(({ name }) => name === "permission")).toMatchObject({
      repeatable: true,
      value: "PERMISSION",
    });
    expect(commandFlags(auth).find(({ name }) => name === "method")?.value).toBe("device|password|key|token");
  });

  it("leave out what a front end fills in itself", () => {
    expect(flagNames(whoami)).toEqual(["adopt-credentials"]);
    expect(flagNames(auth)).not.toContain("unattended");
  });

  it("include the flags for the way of execution", () => {
    expect(flagNames(auth)).toEqual(expect.arrayContaining(["no-browser", "with-key", "client-id"]));
    expect(flagNames(keyRevoke)).toContain("yes");
    expect(commandArguments(keyRevoke)).toMatchObject([{ name: "name", isRequired: false }]);
  });

  it.each(operations.map((operation) => [operation.id, operation] as const))(
    "of %s don't clash with the global ones, or with each other",
    (_, operation) => {
      const names = [...flagNames(operation), ...globalFlags.map(({ name }) => name)];
      expect([...new Set(names)]).toEqual(names);
    },
  );

  it.each(operations.map((operation) => [operation.id, operation] as const))(
    "of %s take no secret",
    (_, operation) => {
      for (const { kind, name, description } of inputFields(operation)) {
        if (kind !== "boolean") expect(`${name} ${description}`).not.toMatch(/^(password|secret)/i);
      }
    },
  );
});

describe("the input", () => {
  it("holds the given values under the schema's names", () => {
    const parsed = { flags: { "key-name": "ci", permission: ["api:read"], json: true }, args: {} };
    const { input, json } = readOptions(keyGenerate, parsed, {});
    expect(input).toEqual({ keyName: "ci", permissions: ["api:read"] });
    expect(json).toBe(true);
  });

  it("leaves out absent flags, and names the others in camel case", () => {
    const flags = { "api-url": "", "max-wait": "5", "no-input": true };
    expect(readOptions(whoami, { flags, args: {} }, {})).toEqual({
      ...{ maxWait: "5", noInput: true },
      ...{ hasOwnFlags: false, input: {} },
    });
  });

  it("takes arguments by their position", () => {
    expect(readOptions(keyRevoke, { flags: {}, args: { name: "ci" } }, {}).input).toEqual({ name: "ci" });
  });
});
