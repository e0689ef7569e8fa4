import { FailureError } from "@hexuser/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkCalls, type PlannedCall } from "../../src/run/check-calls.ts";
import { parseDocument } from "../../src/run/parse-document.ts";

function read(text: string): PlannedCall[] {
  const { calls, problems } = parseDocument(text);
  return checkCalls(calls, problems);
}

/** Returns the failure of reading the document. Any other exception fails the test. */
function refuse(text: string) {
  try {
    read(text);
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error("it was taken");
}

const whoami = '{"operation":"whoami","input":{}}';
const told = (calls: readonly PlannedCall[]) =>
  calls.map(({ number, operation, input }) => [number, operation.id, input]);

describe("a document of calls", () => {
  it("is an array, one call, or one call per line", () => {
    const two = [
      [1, "whoami", {}],
      [2, "whoami", {}],
    ];
    expect(told(read(`[${whoami},\n ${whoami}]`))).toEqual(two);
    expect(told(read(`\n${whoami}\r\n\n  ${whoami}`))).toEqual(two);
    expect(told(read(JSON.stringify(JSON.parse(whoami), null, 2)))).toEqual(two.slice(0, 1));
  });

  it("gets the defaults of the schemas", () => {
    expect(told(read('{"operation":"key.generate","input":{"keyName":" ci "}}'))).toEqual([
      [1, "key.generate", { keyName: "ci", permissions: ["api:write"] }],
    ]);
  });

  it("is refused with all its mistakes at once, and with their places", () => {
    const lines = [
      whoami,
      '{"operation":"whoam","input":{}}',
      "",
      "nonsense",
      '{"operation":"backend.list","input":{}}',
      '{"operation":"key.generate","input":{"keyname":"ci"}}',
      '{"operation":"whoami"}',
      "[]",
      '{"operation":"whoami","input":{},"then":1}',
      '{"operation":"register","input":{"acceptTerms":true,"username":"","email":"a@b.c"}}',
    ];
    const { code, message, details } = refuse(lines.join("\n"));
    expect(code).toBe("invalid_input");
    expect(message.split("\n")).toEqual([
      "The document has mistakes. Nothing was executed.",
      "line 2 (call 2): names an unknown operation; did you mean whoami?",
      "line 4 (call 3): is not JSON",
      "line 5 (call 4): backend.list is not an operation; run `hexuser backend list`",
      "line 6 (call 5): has an unknown field: key.generate takes keyName, permissions, expires, username; did you mean keyName?",
      "line 7 (call 6): has no input; an empty one is {}",
      'line 8 (call 7): is not a call; a call is an object like {"operation": "key.list", "input": {}}',
      "line 9 (call 8): has fields besides operation, input and deliver",
      "line 10 (call 9): username: must not be empty",
    ]);
    expect(details).toMatchObject({ count: 8 });
  });

  it("is refused with twenty mistakes, and the number of the others", () => {
    const { message } = refuse(JSON.stringify(Array.from({ length: 1000 }, () => 1)));
    expect(message.split("\n")).toHaveLength(22);
    expect(message).toContain("… and 980 more.");
  });

  it("that isn't JSON is refused with the place of the error", () => {
    expect(refuse(`[${whoami},\n {"operation": ?}]`).message).toContain("line 2, column 16");
    expect(refuse(`[${whoami},\n`).message).toContain("is not JSON");
  });

  it.each([
    ["empty", ""],
    ["blank", " \n\t\n"],
    ["an empty array", "[]"],
    ["cut", `[${whoami}`],
    ["a number", "7"],
    ["NUL", "\u0000"],
    ["nested beyond measure", "[".repeat(1_000_000)],
    [
      "a call nested beyond measure",
      `[{"operation":"whoami","input":${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}}]`,
    ],
    ["many calls", `[${"1,".repeat(100_000)}1]`],
    ["many lines", `${whoami}\n`.repeat(100_001)],
    ["a large call", `[{"operation":"key.generate","input":{"permissions":[${"1,".repeat(200_000)}1]}}]`],
    ["with a prototype", '[{"__proto__":{"operation":"whoami"},"input":{}}]'],
    ["of an inherited name", '[{"operation":"toString","input":{}}]'],
  ])("that is %s is refused", (_, text) => {
    expect(refuse(text)).toMatchObject({ code: "invalid_input", hint: expect.any(Array) });
  });
});

describe("a secret in a document", () => {
  const secret = "hunter2-hunter2";

  it.each([
    `[{"operation":"whoami","input":{},"answers":{"otp":"${secret}"}}]`,
    `[{"operation":"whoami","input":{},"answers":null}]`,
    `[{"operation":"key.generate","input":{"accountPassword":"${secret}"}}]`,
    `[{"operation":"key.generate","input":{},"localPassword":"${secret}"}]`,
  ])("is refused: %s", (text) => {
    const failure = refuse(text);
    expect(failure.message).toContain("call 1: has answers, which a document must not hold");
    expect(JSON.stringify(failure)).not.toContain(secret);
  });

  it("is never repeated, in any position", () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    const call = fc.oneof(
      json,
      fc.record(
        {
          operation: fc.oneof(fc.constantFrom("whoami", "key.generate", "register", "auth"), json),
          input: fc.oneof(json, fc.dictionary(fc.constantFrom("keyName", "otp", "permissions", "x"), json)),
          answers: json,
        },
        { requiredKeys: [] },
      ),
    );
    const document = fc.oneof(
      fc.array(call).map((calls) => JSON.stringify(calls)),
      fc.array(call).map((calls) => calls.map((one) => JSON.stringify(one)).join("\n")),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(document, fc.nat(), fc.constantFrom("", '"'), (text, at, quote) => {
        // At such a place it may break the document, or become a value or a name.
        const place = at % (text.length + 1);
        const hostile = text.slice(0, place) + quote + secret + quote + text.slice(place);
        try {
          read(hostile);
        } catch (error) {
          expect(error).toBeInstanceOf(FailureError);
          expect(JSON.stringify((error as FailureError).failure)).not.toContain(secret);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
