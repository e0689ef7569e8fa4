import { keyGenerate, keyRevoke, register } from "@hexuser/core/operations";
import { describe, expect, it } from "vitest";
import { commandLine } from "../src/flags/command-line.ts";
import { parseWizardArguments } from "../src/flags/wizard-arguments.ts";
import { resolveCommand } from "../src/resolve-command.ts";

describe("the arguments of the wizard", () => {
  it("are found with flags around its words", () => {
    const resolved = resolveCommand(["--profile", "work", "wizard", "reset-password", "--no-color"]);
    expect(resolved).toMatchObject({ kind: "wizard" });
    expect(parseWizardArguments(resolved.rest)).toEqual({
      flow: "reset_password",
      parsed: { flags: { profile: "work", "no-color": true }, args: {} },
    });
  });

  it("may name no flow", () => {
    expect(parseWizardArguments([]).flow).toBeUndefined();
  });

  it.each([
    [["regster"], "no flow “regster”", "hexuser wizard register"],
    [["keys", "auth"], "one flow at a time", "--help"],
    [["--acessible"], "There is no flag --acessible", "--accessible"],
    [["--profile"], "--profile lacks its value", "--help"],
    [["--accessible=yes"], "There is no flag --accessible", "--accessible"],
  ])("%j are refused", (argv, message, hint) => {
    const failure = {
      code: "invalid_input",
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    };
    expect(() => parseWizardArguments(argv)).toThrow(
      expect.objectContaining({ failure: expect.objectContaining(failure) }),
    );
  });
});

describe("the command line that does the same", () => {
  it.each([
    [
      register,
      { acceptTerms: true, username: "ada", email: "ada@example.com" },
      "hexuser register --accept-terms --username ada --email ada@example.com",
    ],
    [
      keyGenerate,
      { keyName: "ci server", permissions: ["api:read", "docs:acme"], expires: undefined },
      "hexuser key generate --key-name 'ci server' --permission api:read --permission docs:acme",
    ],
    [keyRevoke, { name: "ada's" }, `hexuser key revoke 'ada'\\''s'`],
    [keyRevoke, { name: "ada's\n\\n" }, "hexuser key revoke $'ada\\'s\\u000a\\\\n'"],
  ])("of $id can be typed as it stands", (operation, input, line) => {
    expect(commandLine(operation, input)).toBe(line);
  });

  it("ends with what chooses the registry", () => {
    expect(commandLine(keyRevoke, { name: "ci" }, ["--profile", "work"])).toBe(
      "hexuser key revoke ci --profile work",
    );
  });
});
