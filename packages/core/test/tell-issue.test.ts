import { expect, it } from "vitest";
import { z } from "zod";
import { checkText, inputFields, tellIssue } from "../src/index.ts";
import { defineAuth, listOperations } from "../src/operations/index.ts";
import { inPredicates } from "../src/schema/tell-issue.ts";

it.each([
  [z.string().min(3), "ad", "must have at least 3 characters"],
  [z.string().max(1), "ad", "must have at most 1 character"],
  [z.array(z.string()).max(2), ["a", "b", "c"], "must have at most 2 values"],
  [z.number().min(2), 1, "must be at least 2"],
  [z.number().gt(2), 2, "must be more than 2"],
  [z.int(), 1.5, "must be a whole number"],
  [z.string(), 5, "must be text"],
  [z.string(), undefined, "is missing"],
  [z.enum(["bash", "zsh", "fish"]), "sh", "must be bash, zsh or fish"],
  [z.literal(true), false, "must be true"],
  [z.strictObject({}), { pasword: "x" }, "has an unknown field: “pasword”"],
  [z.email(), "x", "has the wrong form"],
])("zod complains about %j in a predicate", (schema, value, message) => {
  expect(schema.safeParse(value, inPredicates).error?.issues[0]?.message).toBe(message);
});

it.each([
  ["The username", "should be at least 3 character(s)", "The username must have at least 3 characters."],
  ["--email", "has already been taken", "--email has already been taken."],
  ["The email", "already in use", "The email is already in use."],
  ["The email", "no way!", "The email: no way!"],
  ["", "holds an unknown field", "Holds an unknown field."],
])("a complaint about %j becomes a sentence", (subject, message, sentence) => {
  expect(tellIssue(subject, message)).toBe(sentence);
});

it("no operation complains about text that is empty, long or wrong in zod's own words", () => {
  const operations = listOperations(defineAuth([{ id: "device", yields: "session" }]));
  const verdicts = operations.flatMap((operation) =>
    inputFields(operation)
      .filter(({ kind }) => kind !== "boolean")
      .flatMap((field) => ["", "x".repeat(10_000), "no such thing"].map((text) => checkText(field, text))),
  );
  for (const verdict of verdicts)
    if (verdict !== true) expect(verdict).toMatch(/^The [a-z ]+ (must|is|has) [^<>=]*\.$/);
});
