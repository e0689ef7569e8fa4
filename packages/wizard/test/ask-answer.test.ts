import { FailureError } from "@hexuser/core";
import { defineAuth, keyGenerate, register, resetPasswordLocal } from "@hexuser/core/operations";
import { describe, expect, it } from "vitest";
import { askAnswer } from "../src/index.ts";
import { typedTerminal } from "./typed-terminal.ts";

const auth = defineAuth([{ id: "device", yields: "session" }]);

describe("askAnswer", () => {
  it("reads a hidden secret exactly as it was typed", async () => {
    const terminal = typedTerminal();
    const answer = askAnswer({ answer: "localPassword", operation: keyGenerate }, terminal);
    await terminal.reply("Local password:", "  open sesame \r");
    expect(await answer).toBe("  open sesame ");
    expect(terminal.screen()).not.toContain("sesame");
    expect(terminal.screen()).not.toContain("toggle visibility");
  });

  it("doesn't show the secret on ctrl+t either", async () => {
    const terminal = typedTerminal();
    const answer = askAnswer({ answer: "accountPassword", operation: auth }, terminal);
    await terminal.reply("Account password:", "sesame\u0014\r");
    await answer;
    expect(terminal.screen()).not.toContain("sesame");
  });

  it("asks again, with the reason, until the answer fits its schema", async () => {
    const terminal = typedTerminal();
    const answer = askAnswer({ answer: "otp", operation: keyGenerate }, terminal);
    await terminal.reply("Two-factor code:", "12\r");
    await terminal.reply("must be six digits", "\b\b123456\r");
    expect(await answer).toBe("123456");
  });

  it("treats an empty reply as declining if the answer is optional", async () => {
    const terminal = typedTerminal();
    const answer = askAnswer({ answer: "localPassword", operation: auth, optional: true }, terminal);
    await terminal.reply("Local password", "\r");
    expect(await answer).toBeNull();
  });

  it.each([
    { answer: "newLocalPassword", operation: resetPasswordLocal, question: "New local password" },
    { answer: "newLocalPassword", operation: auth, question: "Local password" },
    { answer: "accountPassword", operation: register, question: "Account password" },
  ] as const)("asks twice for a new password: $answer of $operation.id", async (row) => {
    const terminal = typedTerminal();
    const answer = askAnswer(row, terminal);
    await terminal.reply(`${row.question}:`, "open sesame\r");
    await terminal.reply(`${row.question} (confirm):`, "close sesame\r");
    await terminal.shows("The two are not the same. Please try again.");
    await terminal.reply(`${row.question}: (`, "open sesame\r");
    await terminal.reply(`${row.question} (confirm): (`, "open sesame\r");
    expect(await answer).toBe("open sesame");
  });

  it("fails if a new password was mistyped three times", async () => {
    const terminal = typedTerminal();
    const answer = askAnswer({ answer: "newLocalPassword", operation: auth }, terminal);
    answer.catch(() => {});
    for (let time = 1; time <= 3; time += 1) {
      await terminal.reply("Local password: (", "open sesame\r");
      await terminal.reply("Local password (confirm): (", "close sesame\r");
    }
    await expect(answer).rejects.toMatchObject({ failure: { code: "invalid_input" } });
  });

  it.each([
    ["Ctrl-C", "\u0003"],
    ["Ctrl-D", "\u0004"],
  ])("ends at once with %s", async (_, key) => {
    const terminal = typedTerminal();
    const answer = askAnswer({ answer: "otp", operation: keyGenerate }, terminal);
    answer.catch(() => {});
    await terminal.reply("Two-factor code:", key);
    await expect(answer).rejects.toBeInstanceOf(FailureError);
    await expect(answer).rejects.toMatchObject({ failure: { code: "interrupted" } });
  });

  it("ends when the signal is aborted", async () => {
    const terminal = typedTerminal();
    const controller = new AbortController();
    const answer = askAnswer(
      { answer: "otp", operation: keyGenerate },
      { ...terminal, signal: controller.signal },
    );
    answer.catch(() => {});
    await terminal.shows("Two-factor code:");
    controller.abort();
    await expect(answer).rejects.toMatchObject({ failure: { code: "interrupted" } });
  });
});
