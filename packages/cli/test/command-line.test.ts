import { execFileSync } from "node:child_process";
import { keyGenerate, keyRevoke, register } from "@hexuser/core/operations";
import { describe, expect, it } from "vitest";
import { commandLine } from "../src/argv/command-line.ts";

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
    [keyRevoke, { name: "-y", all: undefined }, "hexuser key revoke -- -y"],
    [keyRevoke, { name: "ada's" }, `hexuser key revoke 'ada'\\''s'`],
    [keyRevoke, { name: "ada's\n\\n" }, "hexuser key revoke $'ada\\'s\\012\\\\n'"],
  ])("of $id can be typed unchanged", (operation, input, line) => {
    expect(commandLine(operation, input)).toBe(line);
  });

  it("has the same meaning in bash in every locale", () => {
    const name = "it's\n\\n \u202eé\u001b[2J €";
    const line = commandLine(keyRevoke, { name });
    expect(line).toMatch(/^[^\p{Cc}\p{Cf}]+$/u);
    const script = `hexuser() { printf %s "$3"; }; ${line}`;
    expect(execFileSync("bash", ["-c", script], { env: { LC_ALL: "C" }, encoding: "utf8" })).toBe(name);
  });

  it("ends with the flags for the registry", () => {
    expect(commandLine(keyRevoke, { name: "ci" }, ["--profile", "work"])).toBe(
      "hexuser key revoke ci --profile work",
    );
  });
});
