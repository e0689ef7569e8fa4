import { FailureError } from "@hexuser/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig, printConfig, withValue } from "../src/file/config-document.ts";
import type { Term } from "../src/file/erlang-term.ts";
import { printTerm } from "../src/file/erlang-term.ts";
import { decodeTerm, encodeMap } from "../src/file/external-term.ts";
import { localPasswordSeal } from "../src/file/local-password.ts";
import { readTerms } from "../src/file/term-reader.ts";
import { describeTerm } from "./file/describe-term.ts";

const text = fc.string({ unit: "binary" });
const { term } = fc.letrec<{ term: Term; leaf: Term }>((tie) => ({
  leaf: fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }).map((name): Term => ({ type: "atom", name })),
    fc.constantFrom("a", "end", "x@_1", "Ab", "").map((name): Term => ({ type: "atom", name })),
    fc.uint8Array().map((bytes): Term => ({ type: "binary", bytes })),
    text.map((value): Term => ({ type: "binary", bytes: new TextEncoder().encode(value) })),
    fc.bigInt().map((value): Term => ({ type: "integer", value })),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value): Term => ({ type: "float", value })),
    text.map((value): Term => ({ type: "string", text: value })),
  ),
  term: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("leaf"),
    fc.array(tie("term"), { maxLength: 4 }).map((items): Term => ({ type: "list", items })),
    fc
      .tuple(fc.array(tie("term"), { minLength: 1, maxLength: 3 }), tie("term"))
      .map(([items, tail]): Term => ({ type: "list", items, tail })),
    fc.array(tie("term"), { maxLength: 4 }).map((items): Term => ({ type: "tuple", items })),
    fc
      .array(fc.tuple(tie("term"), tie("term")), { maxLength: 4 })
      .map((pairs): Term => ({ type: "map", pairs })),
  ),
}));

/** Text that reaches more of the reader than random text. */
const almostTerms = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."{ } [ ] #{ << >> => , | . ' \" $ % \\ - / utf8 16# 1.5 e 1_0 a A nil \\x{ \\^ \n ~ : do #".split(
          " ",
        ),
      ),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));

describe("terms", () => {
  it("are the same after writing and reading", () => {
    fc.assert(
      fc.property(fc.array(term, { maxLength: 5 }), (terms) => {
        const printed = terms.map((each) => `${printTerm(each)}.\n`).join("");
        expect(printed).toMatch(/^[\n -~]*$/);
        expect(readTerms(printed).entries.map((entry) => describeTerm(entry.term))).toEqual(
          terms.map(describeTerm),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("give a document that is written back unchanged, or a failure that quotes nothing", () => {
    const bytes = fc.oneof(
      almostTerms.map((value) => Buffer.from(value)),
      fc.string({ unit: "binary" }).map((value) => Buffer.from(`{s3cret,"${value}`)),
      fc.uint8Array({ maxLength: 200 }).map((value) => Buffer.from(value)),
    );
    fc.assert(
      fc.property(bytes, (content) => {
        try {
          const document = parseConfig(content, "/x/hex.config");
          if (!content.toString().trimStart().startsWith("[")) {
            expect(Buffer.from(printConfig(document))).toEqual(content);
          }
          const changed = withValue(document, "api_key", { type: "binary", bytes: Buffer.from("k") });
          parseConfig(Buffer.from(printConfig(changed)), "x");
          parseConfig(Buffer.from(printConfig(withValue(changed, "api_key", undefined))), "x");
        } catch (error) {
          expect(error).toBeInstanceOf(FailureError);
          const { failure } = error as FailureError;
          expect(failure.code).toBe("storage_damaged");
          expect(failure.message).toContain("/x/hex.config");
          expect(JSON.stringify(failure)).not.toContain("s3cret");
        }
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ["nesting", (length: number) => "[".repeat(length)],
    ["tuples", (length: number) => "{".repeat(length)],
    ["maps", (length: number) => "#{a=>".repeat(length / 5)],
    ["digits", (length: number) => "9".repeat(length)],
    ["based digits", (length: number) => `36#${"z".repeat(length)}`],
    ["an open string", (length: number) => `"${"\\x".repeat(length / 2)}`],
    ["strings", (length: number) => `<<${'"a" '.repeat(length / 4)}>>.`],
    ["a binary", (length: number) => `<<${"255,".repeat(length / 4)}255>>.`],
    ["comments", (length: number) => "%\n".repeat(length / 2)],
    ["white space", (length: number) => " ".repeat(length)],
    ["entries", (length: number) => "a.\n".repeat(length / 3)],
    ["a keyword list", (length: number) => `[${'a: "b", '.repeat(length / 8)}]`],
    ["an open keyword text", (length: number) => `[a: "${"#".repeat(length)}`],
    ["underscores", (length: number) => "1_1".repeat(length / 3)],
  ])("of a mebibyte are read in bounded time: %s", (_name, make) => {
    const content = Buffer.from(make(1024 * 1024 - 8));
    try {
      parseConfig(content, "x");
    } catch (error) {
      expect(error).toBeInstanceOf(FailureError);
    }
  });

  it("of more than a mebibyte are refused", () => {
    expect(() => parseConfig(Buffer.alloc(1024 * 1024 + 1, " "), "x")).toThrow(/larger/);
  });

  it("with the same key are changed in bounded time, even if there are many", () => {
    const document = parseConfig(Buffer.from("{a,1}.\n".repeat(100_000)), "x");
    expect(withValue(document, "a", undefined).entries).toEqual([]);
  });
});

describe("damage", () => {
  it.each([
    ["{a,1}.\n{b,2\n", 3, "missing"],
    ['{a,1}.\n\n{b,<<"x">>}', 3, "full stop"],
    ["{a,1}.\n{b,Var}.\n", 2, "not an Erlang term"],
    ["{a,1}.\n{b,fun() -> 1 end}.\n", 2, "missing"],
    ["{a,<<1:3>>}.", 1, "missing"],
    ["[a: 1,\n b: System.halt(1)]", 2, "evaluates nothing"],
    ['[a: "#{1}"]', 1, "Elixir code"],
    ["[a: 1]\nSystem.halt()", 2, "after the Elixir keyword list"],
    ["\ufeff{a,1}.", 1, "byte order mark"],
    [Buffer.from([0x7b, 0x0a, 0x0a, 0xe9, 0x0a]), 3, "UTF-8"],
  ])("is reported with its line: %j", (content, line, why) => {
    const damage = expect.objectContaining({
      code: "storage_damaged",
      message: expect.stringContaining(`hex.config, line ${line}): `),
      details: { path: "/home/eric/.hex/hex.config", line },
    });
    expect(() => parseConfig(Buffer.from(content), "/home/eric/.hex/hex.config")).toThrow(
      expect.objectContaining({ failure: damage, message: expect.stringContaining(why) }),
    );
  });
});

describe("external terms", () => {
  it("are the same after encoding and decoding", () => {
    const value = fc.oneof(fc.uint8Array(), fc.nat());
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z_]{1,20}$/), value, { maxKeys: 6 }), (fields) => {
        const decoded = decodeTerm(encodeMap(fields));
        const pairs = decoded?.type === "map" ? decoded.pairs : [];
        expect(pairs.map((pair) => pair.map(describeTerm))).toEqual(
          Object.entries(fields).map(([key, content]) => [
            ["atom", key],
            typeof content === "number" ? ["int", content] : ["bin", Buffer.from(content).toString("hex")],
          ]),
        );
      }),
    );
  });

  it("give a term or nothing, for any bytes", () => {
    const start = fc.constantFrom([], [131], [131, 116, 0, 0, 0, 2], [131, 109], [131, 110, 8], [131, 80]);
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 80 }), (head, tail) => {
        decodeTerm(Uint8Array.from([...head, ...tail]));
      }),
      { numRuns: 3000 },
    );
    expect(decodeTerm(Uint8Array.of(131, 80, 0, 0, 0, 1, 0x78, 0x9c))).toBeUndefined();
    expect(decodeTerm(Uint8Array.of(131, 109, 0xff, 0xff, 0xff, 0xff))).toBeUndefined();
  });

  it("of a sealed key with one bit changed are refused, without evaluating or stalling", async () => {
    const { sealed } = (await localPasswordSeal.prepare("pw"))("secret");
    const bytes = Buffer.from(sealed, "base64url");
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
        const damaged = Buffer.from(bytes);
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const opening = localPasswordSeal.open({ sealed: damaged.toString("base64url") }, "pw");
        await expect(opening).rejects.toBeInstanceOf(FailureError);
      }),
      { numRuns: 60 },
    );
  });

  it("with hostile iterations are refused at once", async () => {
    const { sealed } = (await localPasswordSeal.prepare("pw"))("secret");
    const bytes = Buffer.from(sealed, "base64url");
    const at = bytes.indexOf("p2c") + 4;
    bytes.writeInt32BE(0x7fffffff, at);
    await expect(localPasswordSeal.open({ sealed: bytes.toString("base64url") }, "pw")).rejects.toMatchObject(
      {
        failure: { code: "storage_damaged" },
      },
    );
  });
});
