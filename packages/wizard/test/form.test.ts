import { askedFields, defineOperation } from "@hexuser/core";
import { defineAuth, listOperations, register } from "@hexuser/core/operations";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { beginForm, fillForm, inputOf, type Question } from "../src/form.ts";
import { describeStrength } from "../src/password-strength.ts";
import { back } from "../src/questions/back.ts";
import { breakText } from "../src/screen.ts";

/** Questions that answer by themselves and record their order. */
function scripted(ids: readonly string[], replies: unknown[]) {
  const asked: [string, unknown][] = [];
  const questions: Question[] = ids.map((id) => ({
    id,
    ask: async (kept) => {
      asked.push([id, kept]);
      return replies.shift();
    },
  }));
  return { asked, questions };
}

const operations = listOperations(defineAuth([{ id: "device", yields: "session" }]));

describe("a form", () => {
  it("goes back and forth, and keeps all answers", async () => {
    const { asked, questions } = scripted(["input.a", "input.b", "input.c"], [1, 2, back, back, 10, 2, 3]);
    const form = beginForm(questions);
    expect(await fillForm(form)).toBe("filled");
    expect(asked).toEqual([
      ["input.a", undefined],
      ["input.b", undefined],
      ["input.c", undefined],
      ["input.b", 2],
      ["input.a", 1],
      ["input.b", 2],
      ["input.c", undefined],
    ]);
    expect(inputOf(form)).toEqual({ a: 10, b: 2, c: 3 });
  });

  it("asks only one question again", async () => {
    const { asked, questions } = scripted(["input.a", "input.b"], [1, 2, 3]);
    const form = beginForm(questions);
    await fillForm(form);
    form.again.add("input.a");
    await fillForm(form);
    expect(asked.slice(2)).toEqual([["input.a", 1]]);
    expect(inputOf(form)).toEqual({ a: 3, b: 2 });
  });

  it("drops what the operation asked for if an answer before it changes", async () => {
    const { asked, questions } = scripted(["input.withKey", "answer.key"], [true, back, undefined]);
    const form = beginForm(questions.map((one, index) => ({ ...one, isDemanded: index === 1 })));
    expect(await fillForm(form)).toBe("filled");
    expect(asked.map(([id]) => id)).toEqual(["input.withKey", "answer.key", "input.withKey"]);
  });

  it("leaves out questions that don't apply, and goes back from its first question", async () => {
    const { asked, questions } = scripted(["input.a", "input.b"], [back]);
    const form = beginForm(
      questions.map((one, index) => ({ ...one, applies: () => index === 1 })),
      { "input.a": 5 },
    );
    expect(await fillForm(form)).toBe(back);
    expect([asked, inputOf(form)]).toEqual([[["input.b", undefined]], {}]);
  });
});

describe("the questions for fields", () => {
  it("follow from the schema, including a new field", () => {
    const input = register.input.extend({
      fullName: z.string().min(1).describe("Your name, as others see it"),
    });
    const operation = defineOperation({ ...register, input, run: register.run as never });
    expect(askedFields(operation).map(({ name, title, kind }) => [name, title, kind])).toContainEqual([
      "fullName",
      "Full name",
      "string",
    ]);
  });

  it.each(operations)("of $id have their own words", (operation) => {
    for (const { name, title, description } of askedFields(operation)) {
      expect([name, title.length > 0, (description ?? "").length > 5]).toEqual([name, true, true]);
    }
  });

  it("leave out fields that front ends fill in", () => {
    const names = operations.flatMap((operation) => askedFields(operation).map(({ name }) => name));
    expect(names).not.toContain("unattended");
  });
});

describe("a line", () => {
  it.each([
    ["one two three", 8, ["one two", "three"]],
    ["1. one two", 8, ["1. one", "   two"]],
    ["https://example.com/long", 8, ["https://example.com/long"]],
    ["", 8, [""]],
  ])("is wrapped: %j at %i columns", (text, columns, lines) => {
    expect(breakText(text, columns)).toEqual(lines);
  });
});

describe("the strength of a password", () => {
  it.each([
    ["password1", "very weak"],
    ["aaaaaaaaaaaa", "very weak"],
    ["ada@example", "very weak"],
    ["abcdefgh", "very weak"],
    ["trkw8f2", "weak"],
    ["correct horse battery staple", "strong"],
    ["xT9$kq2!Lw7#", "strong"],
  ])("of %s is %s", (password, words) => {
    expect(describeStrength(password, ["ada", "ada@example.com"])).toMatch(
      new RegExp(`^Strength: ${words}[,.]`),
    );
  });
});
