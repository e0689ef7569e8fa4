import { keyGenerate, register } from "@hexuser/core/operations";
import { describe, expect, it } from "vitest";
import { askInput, askTyped, confirm } from "../src/index.ts";
import { typedTerminal } from "./typed-terminal.ts";

describe("askInput", () => {
  it("asks with the schema's title, and until its rules are kept", async () => {
    const terminal = typedTerminal();
    const answer = askInput(register, "username", terminal);
    await terminal.reply("Username:", " \r");
    await terminal.reply("must not be empty", "\beric \r");
    expect(await answer).toBe("eric");
  });

  it("asks yes or no for a boolean", async () => {
    const terminal = typedTerminal();
    const answer = askInput(register, "acceptTerms", terminal);
    await terminal.reply("Accept the terms?", "y\r");
    expect(await answer).toBe(true);
  });

  it("takes several values in one line", async () => {
    const terminal = typedTerminal();
    const answer = askInput(keyGenerate, "permissions", terminal);
    await terminal.reply("Permissions:", "api:read, repositories\r");
    expect(await answer).toEqual(["api:read", "repositories"]);
  });
});

describe("confirm and askTyped", () => {
  it("take Enter for the default", async () => {
    const terminal = typedTerminal();
    const answer = confirm("Go on?", { ...terminal, default: false });
    await terminal.reply("Go on?", "\r");
    expect(await answer).toBe(false);
  });

  it("read a word", async () => {
    const terminal = typedTerminal();
    const answer = askTyped("Type the name", terminal);
    await terminal.reply("Type the name:", " eric \r");
    expect(await answer).toBe("eric");
  });
});
