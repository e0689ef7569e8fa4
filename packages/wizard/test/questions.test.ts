import { describe, expect, it } from "vitest";
import type { Terminal } from "../src/index.ts";
import { askChoice } from "../src/questions/ask-choice.ts";
import { askSecret } from "../src/questions/ask-secret.ts";
import { askSeveral } from "../src/questions/ask-several.ts";
import { askText } from "../src/questions/ask-text.ts";
import { askYesNo } from "../src/questions/ask-yes-no.ts";
import { back } from "../src/questions/back.ts";
import { tidyPaste } from "../src/questions/tidy-input.ts";
import { renderQuestion } from "./rendered-question.ts";
import { typedTerminal } from "./typed-terminal.ts";

const fruits = [
  { value: "apple", name: "An apple", means: "It keeps the doctor away." },
  { value: "pear", name: "A pear" },
  { value: "quince", name: "A quince" },
];
const notEmpty = (text: string) => text !== "" || "must not be empty";

/** The result of the typed text for each question, drawn by Inquirer and in plain lines. */
const questions: readonly {
  readonly title: string;
  ask(terminal: Terminal): Promise<unknown>;
  readonly rich: readonly (readonly [typed: string, answer: unknown])[];
  readonly plain: readonly (readonly [typed: string, answer: unknown])[];
}[] = [
  {
    title: "a line of text",
    ask: (terminal) => askText(terminal, { message: "Name", check: notEmpty }),
    rich: [[" ada \r", "ada"]],
    plain: [[" ada \r\n", "ada"]],
  },
  {
    title: "a line of text that was answered before",
    ask: (terminal) => askText(terminal, { message: "Name", preset: "ada" }),
    rich: [["\r", "ada"]],
    plain: [["\n", "ada"]],
  },
  {
    title: "a secret",
    ask: (terminal) => askSecret(terminal, { message: "Password" }),
    rich: [["  open sesame\r", "  open sesame"]],
    plain: [["  open sexx\x7f\x7fsame \r", "  open sesame "]],
  },
  {
    title: "a secret that was given before",
    ask: (terminal) => askSecret(terminal, { message: "Password", empty: "keeps it" }),
    rich: [["\r", ""]],
    plain: [["\r", ""]],
  },
  {
    title: "yes or no",
    ask: (terminal) => askYesNo(terminal, { message: "Sure?", preset: false }),
    rich: [
      ["\r", false],
      ["y\r", true],
    ],
    plain: [
      ["\n", false],
      ["YES\n", true],
      ["n\n", false],
    ],
  },
  {
    title: "one of a list",
    ask: (terminal) => askChoice(terminal, { message: "Which?", choices: fruits, preset: "pear" }),
    rich: [
      ["\r", "pear"],
      ["\x1b[B\r", "quince"],
      ["4\r", back],
    ],
    plain: [
      ["\n", "pear"],
      ["3\n", "quince"],
      ["4\n", back],
    ],
  },
  {
    title: "several of a list",
    ask: (terminal) =>
      askSeveral(terminal, { message: "Which?", choices: fruits, preset: ["pear"], least: "one" }),
    rich: [
      ["\r", ["pear"]],
      [" \r", ["apple", "pear"]],
    ],
    plain: [
      ["\n", ["pear"]],
      ["1, 3\n", ["apple", "quince"]],
    ],
  },
];

const cases = (look: "rich" | "plain") =>
  questions.flatMap(({ title, ask, ...typed }) =>
    typed[look].map(([keys, answer]) => ({ title, ask, keys, answer, typed: JSON.stringify(keys) })),
  );

describe("a question drawn by Inquirer", () => {
  it.each(cases("rich"))("for $title takes $typed", async ({ ask, keys, answer }) => {
    const asked = await renderQuestion(ask);
    asked.events.type(keys);
    expect(await asked.answer).toEqual(answer);
  });

  it.each(questions)("for $title goes back with < and Enter", async ({ ask }) => {
    const asked = await renderQuestion(ask);
    asked.events.type("<");
    asked.events.type("\r");
    expect(await asked.answer).toBe(back);
  });

  it.each(
    questions.flatMap((row) =>
      ["\x1b", "\x03", "\x04"].map((key) => ({ ...row, key, typed: JSON.stringify(key) })),
    ),
  )("for $title is left with $typed", async ({ ask, key }) => {
    const asked = await renderQuestion(ask);
    asked.events.type(key);
    await expect(asked.answer).rejects.toMatchObject({ failure: { code: "interrupted" } });
  });

  it("explains the mistake, and keeps the typed text", async () => {
    const check = (text: string) => text.includes("@") || "must be an address";
    const asked = await renderQuestion((terminal) => askText(terminal, { message: "Email", check }));
    asked.events.type("ada\r");
    await expect.poll(() => asked.getScreen()).toContain("must be an address");
    asked.events.type("@example.com\r");
    expect(await asked.answer).toBe("ada@example.com");
  });

  it("never draws a secret", async () => {
    const asked = await renderQuestion((terminal) => askSecret(terminal, { message: "Password" }));
    asked.events.type("sesame\x14\r");
    await asked.answer;
    expect(await asked.getFullOutput({ raw: true })).not.toContain("sesame");
  });

  it("begins empty again after a secret that isn't accepted", async () => {
    const check = (secret: string) => secret.length >= 8 || "must have at least 8 characters";
    const terminal = typedTerminal();
    const answer = askSecret(terminal, { message: "Password", check });
    await terminal.reply("Password:", "short\r");
    await terminal.shows("at least 8 characters");
    await terminal.reply("Password:", "open sesame\r");
    expect(await answer).toBe("open sesame");
  });

  it("breaks a question between words", async () => {
    const message = "Do you want to keep all of these credentials where they are for the time being?";
    const asked = await renderQuestion((terminal) => askYesNo(terminal, { message, preset: true }));
    expect(asked.getScreen()).toBe(
      "? Do you want to keep all of these credentials where they\nare for the time being? (Y/n)",
    );
    asked.events.type("y\r");
    await asked.answer;
  });

  it("explains a choice in lines that fit the terminal", async () => {
    const means =
      "something that takes more than sixty columns to be explained, in words that everybody knows";
    const choices = [{ value: 1, name: "One", means }];
    const asked = await renderQuestion((terminal) => askChoice(terminal, { message: "Which?", choices }));
    const lines = asked.getScreen().split("\n");
    expect(lines.join(" ")).toContain(means);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60);
    asked.events.type("\x03");
    await expect(asked.answer).rejects.toThrow();
  });
});

describe("a question in plain lines", () => {
  const plain = () => {
    const terminal = typedTerminal({ isPlain: true, canGoBack: true });
    return { typed: terminal, terminal };
  };

  it.each(cases("plain"))("for $title takes $typed", async ({ ask, keys, answer }) => {
    const { typed, terminal } = plain();
    const asked = ask(terminal);
    await typed.answer(keys);
    expect(await asked).toEqual(answer);
  });

  it.each(questions)("for $title goes back with < and Enter", async ({ ask }) => {
    const { typed, terminal } = plain();
    const asked = ask(terminal);
    await typed.answer("<\n");
    expect(await asked).toBe(back);
  });

  it.each(questions)(
    "for $title says what is wrong, on a line of its own, and asks again",
    async ({ ask, plain: right, title }) => {
      if (/secret|before/.test(title)) return;
      const { typed, terminal } = plain();
      const asked = ask(terminal);
      await typed.answer(title === "a line of text" ? "\n" : "9\n");
      await typed.shows("Not accepted. ");
      await typed.answer(right[0]?.[0] ?? "");
      await asked;
    },
  );

  it.each(
    questions.flatMap((row) =>
      ["\x1b\n", undefined].map((keys) => ({
        ...row,
        keys,
        how: keys === undefined ? "the end of the input" : "Esc",
      })),
    ),
  )("for $title is left with $how", async ({ ask, keys }) => {
    const { typed, terminal } = plain();
    const asked = ask(terminal);
    asked.catch(() => {});
    await typed.shows(": ");
    if (keys === undefined) typed.input.end();
    else typed.input.write(keys);
    await expect(asked).rejects.toMatchObject({ failure: { code: "interrupted" } });
  });

  it("draws nothing but text", async () => {
    const { typed, terminal } = plain();
    let written = "";
    typed.output.on("data", (text: string) => {
      written += text;
    });
    const asked = askSeveral(terminal, { message: "Which?", choices: fruits, preset: [] });
    await typed.reply("between them: ", "1\n");
    await asked;
    expect(written).toMatch(/^[\x20-\x7e\n]*$/);
  });
});

describe("line ends after typed text in plain lines", () => {
  it("answer no later question, but text that was typed ahead does", async () => {
    const terminal = typedTerminal({ isPlain: true, canGoBack: true });
    const name = askText(terminal, { message: "Name" });
    await terminal.answer("ada\n");
    expect(await name).toBe("ada");
    terminal.input.write("\n");
    const sure = askYesNo(terminal, { message: "Sure?", preset: false });
    await terminal.answer("yes\n");
    expect(await sure).toBe(true);
    terminal.input.write("pear\n");
    expect(await askText(terminal, { message: "Fruit" })).toBe("pear");
  });
});

describe("pasted text", () => {
  it.each([
    ["ada", "ada"],
    ["\r", "\r"],
    ["\r\n", "\r\n"],
    ["ada\r", "ada\r"],
    ["\n\n ada\r\n", " ada\r"],
    ["  ada \n", "  ada \r"],
    ["open\nsesame", "open sesame"],
    ["\x1b[B\r", "\x1b[B\r"],
    [" \r", " \r"],
  ])("%j counts as %j", (pasted, typed) => {
    expect(tidyPaste(pasted)).toBe(typed);
  });
});
