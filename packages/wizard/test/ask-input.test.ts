import { keyGenerate, register } from "@hexuser/core/operations";
import { describe, expect, it } from "vitest";
import { askInput, askTyped, confirm } from "../src/index.ts";
import { typedTerminal } from "./typed-terminal.ts";

describe("askInput", () => {
  it("asks with the schema's title, until the answer follows its rules", async () => {
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

  it("shows the offers of a field, and asks for the rest of an incomplete one", async () => {
    const terminal = typedTerminal();
    const answer = askInput(keyGenerate, "permissions", terminal);
    await terminal.reply("What may the key do?", "15\r");
    await terminal.reply("Package that may be published", "two words\r");
    await terminal.reply("must be api", "\u0015decimal\r");
    expect(await answer).toEqual(["package:decimal"]);
    const expiry = askInput(keyGenerate, "expires", terminal);
    await terminal.reply("When should the key expire?", "4\r");
    await terminal.reply("Time or date:", "12h\r");
    expect(await expiry).toBe("12h");
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
