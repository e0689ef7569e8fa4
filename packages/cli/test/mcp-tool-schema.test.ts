import { describe, expect, it } from "vitest";
import { z } from "zod";
import { markedOutputSchema, withoutSecretFields, withoutSecrets } from "../src/mcp/tool-schema.ts";
import { operations } from "../src/operations/index.ts";

const secret = () => z.string().meta({ secret: "once" });
const named = z.strictObject({ token: secret(), name: z.string() }).meta({ id: "named" });

const schema = z.strictObject({
  plain: z.string(),
  once: secret(),
  never: z.string().meta({ secret: "never" }).nullable(),
  optional: secret().optional(),
  list: z.array(secret()),
  deep: z.array(z.strictObject({ inner: secret(), left: z.number() })),
  either: z.union([secret(), z.strictObject({ a: z.number() })]),
  referred: named,
  again: named.nullable(),
  record: z.record(z.string(), z.strictObject({ hidden: secret(), shown: z.boolean() })),
});

const value: z.output<typeof schema> = {
  plain: "shown",
  once: "canary",
  never: "canary",
  optional: "canary",
  list: ["canary"],
  deep: [{ inner: "canary", left: 1 }],
  either: "canary",
  referred: { token: "canary", name: "n" },
  again: { token: "canary", name: "n" },
  record: { x: { hidden: "canary", shown: true } },
};

describe("the output for a model", () => {
  it("has no part that the schema marks as secret, at any depth, and all other parts", () => {
    expect(withoutSecrets(value, markedOutputSchema(schema))).toEqual({
      plain: "shown",
      deep: [{ left: 1 }],
      referred: { name: "n" },
      again: { name: "n" },
      record: { x: { shown: true } },
    });
    expect(value.once).toBe("canary");
  });

  it("has a schema without those fields", () => {
    const open = withoutSecretFields(markedOutputSchema(schema));
    const names = ["plain", "deep", "referred", "again", "record"];
    expect(Object.keys(open.properties as object)).toEqual(names);
    expect(open.required).toEqual(names);
    expect(JSON.stringify(open)).not.toMatch(/secret|token|inner|hidden/);
  });

  it.each(operations.map(({ id, output }) => [id, output]))("of %s has no secret", (_, output) => {
    const open = withoutSecretFields(markedOutputSchema(output));
    expect(JSON.stringify(open)).not.toContain('"secret"');
  });
});
