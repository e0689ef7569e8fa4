import { FailureError } from "@hexuser/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseConfig, printConfig } from "../src/file/config-document.ts";
import type { Term } from "../src/file/erlang-term.ts";
import { printTerm } from "../src/file/erlang-term.ts";
import { readTerms } from "../src/file/term-reader.ts";
import { describeTerm } from "./file/describe-term.ts";
import { elixirTerm, printElixir } from "./file/elixir-literals.ts";
import { makeHome, type TemporaryHome } from "./file/temporary-home.ts";

const parse = (text: string) => parseConfig(Buffer.from(text), "/home/ada/hex.config");
const read = (text: string) => parse(text).entries.map(({ term }) => printTerm(term));
/** Heredocs without a quotation mark that would end this text. */
const here = '"""';

describe("a literal in Elixir is read", () => {
  it.each([
    // Containers, with a comma after the last item or without.
    ["[]", "[]"],
    ["[1, 2,]", "[1,2]"],
    ["[\n1 ,\n\n2\n]", "[1,2]"],
    ["[a: 1, b: 2,]", "[{a,1},{b,2}]"],
    ["[:x, {:a, 1}, b: 2]", "[x,{a,1},{b,2}]"],
    ["{}", "{}"],
    ["{1,\n{2},}", "{1,{2}}"],
    ["{:a, b: 1}", "{a,[{b,1}]}"],
    ["%{}", "#{}"],
    ['%{:a => 1, "b"=>2, c: %{d: []}}', '#{a => 1,<<"b">> => 2,c => #{d => []}}'],
    ["%{1\n=>\n{2}}", "#{1 => {2}}"],
    ["%{%{a: 1} => nil}", "#{#{a => 1} => nil}"],
    // Keys and atoms.
    ["[\"a b\": 1, 'c': 2, A: 3, _: 4, d?: 5]", "[{'a b',1},{c,2},{'A',3},{'_',4},{'d?',5}]"],
    ["[é@1: 1]", "[{'\\x{e9}@1',1}]"],
    ["[nil: nil, do: :do, true: true, +: :+]", "[{nil,nil},{do,do},{true,true},{'+','+'}]"],
    ["[:%{}, :<<>>, :..//, :.., :::, :==]", "['%{}','<<>>','..//','..','::','==']"],
    [':"a\\u00e9\n"', "'a\\x{e9}\\x{a}'"],
    [":''", "''"],
    ["[Hex, Hex . Config, Elixir.Hex, Elixir]", "['Elixir.Hex','Elixir.Hex.Config','Elixir.Hex','Elixir']"],
    // Numbers.
    ["[1_000, 007, 0xF_f, 0o17, 0b101, - 1, +1, ?a, -?a]", "[1000,7,255,15,5,-1,1,97,-97]"],
    ['[?\\n, ?\\s, ?\\q, ? , ?", ?#, ?☃, ?🔑]', "[10,32,113,32,34,35,9731,128273]"],
    ["[1.5, 1_0.0_1, 1.0e10, 1.0E-3, -0.0]", "[1.5,10.01,10000000000.0,0.001,-0.0]"],
    // Text: `\xHH` is a byte.
    ['"José ☃"', "<<74,111,115,195,169,32,226,152,131>>"],
    [
      '"\\0\\a\\b\\d\\e\\f\\n\\r\\s\\t\\v\\q\\"\\\\\\#{1}"',
      `<<0,7,8,127,27,12,10,13,32,9,11,113,34,92,35,123,49,125>>`,
    ],
    ['"\\xff\\xA\\x{e9}\\u00e9\\u{1F511}"', "<<255,10,195,169,195,169,240,159,148,145>>"],
    ['"a\r\nb\\\nc\\\r\nd # {}"', "<<97,13,10,98,99,100,32,35,32,123,125>>"],
    ["['é\\'\"', '', '\\xc3\\xa9']", '["\\x{e9}\'\\"","","\\x{e9}"]'],
    ['<<1, 256, -1, "a\\xff", ?b,>>', "<<1,0,255,97,255,98>>"],
    ["<<>>", "<<>>"],
    // Heredocs.
    [`${here}\n${here}`, "<<>>"],
    [`${here}  \n  a\n   "b"\n\n c\\\n  d\\s\n  ${here}`, "<<97,10,32,34,98,34,10,10,99,100,32,10>>"],
    [`${here}\r\n\ta ${here}\r\n\t${here}`, "<<97,32,34,34,34,13,10>>"],
    [`{${here}\n a\\\n ${here}, '''\n it's\n '''}`, '{<<"a">>,"it\'s\\x{a}"}'],
  ])("%j", (text, printed) => {
    expect(read(`[k: ${text}]`)).toEqual([`{k,${printed}}`]);
  });

  it.each([
    ["# one\r\n\t[ # two\r\n  a: # three\n 1 # four\r\n ] # five", ["{a,1}"]],
    ["\n;[\\\na: 1,\\\r\nb: 2];\n", ["{a,1}", "{b,2}"]],
    ['[{:a, 1}, {"b", 2}, {:a, 3}]', ["{a,1}", '{<<"b">>,2}', "{a,3}"]],
    ["[]", []],
  ])("in a file with comments, or of pairs: %j", (text, printed) => {
    expect(read(text)).toEqual(printed);
  });

  it("with any terms nested in it", () => {
    const file = fc.array(fc.tuple(fc.string({ maxLength: 30, unit: "binary" }), elixirTerm), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(file, fc.infiniteStream(fc.nat()), (pairs, choices) => {
        const terms = pairs.map(
          ([name, value]): Term => ({ type: "tuple", items: [{ type: "atom", name }, value] }),
        );
        const document = parse(printElixir({ type: "list", items: terms }, choices));
        expect(document.entries.map(({ term }) => describeTerm(term))).toEqual(terms.map(describeTerm));
        expect(readTerms(printConfig(document)).entries.map(({ term }) => describeTerm(term))).toEqual(
          terms.map(describeTerm),
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe("everything else is refused, with its line", () => {
  it.each([
    ...[
      "name",
      "name()",
      "name 1",
      ":a.b",
      "Hex.home",
      "Hex.home()",
      "System.halt(1)",
      "fn -> 1 end",
      "&1",
      "@a",
    ],
    ...["__ENV__", "__MODULE__", "%Hex{}", "%{a | b: 1}", "%{a => 1}", "~s(a)", '~S"a"', "~w(a b)", "~c'a'"],
    ...[
      "!true",
      "not true",
      "1 + 1",
      "1 -1",
      "1..2",
      '"a" <> "b"',
      "[1] ++ [2]",
      "a = 1",
      "[1 | 2]",
      "(1)",
      "--1",
    ],
    ...[
      '"#{1}"',
      "'#{1}'",
      ':"#{1}"',
      '["#{1}": 1]',
      `${here}\n#{1}\n${here}`,
      '"a" "b"',
      '"a" : 1',
      "if true do 1 end",
    ],
    ...[
      "<<1.0>>",
      "<<'a'>>",
      "<<1::8>>",
      "<<:a>>",
      "<<a: 1>>",
      "<<<<1>>>>",
      "{a: 1}",
      "[a: 1, :b]",
      "%{a: 1, :b => 2}",
    ],
    ...[
      "[1\n,2]",
      "[,]",
      "[1,,2]",
      "[1;2]",
      "[a:1]",
      '["a":1]',
      "[a : 1]",
      "[::: 1]",
      "%[]",
      "% {}",
      "[1\f]",
      "\u00a01",
    ],
    ...[
      "1__0",
      "1_",
      "0x",
      "0XFF",
      "0b12",
      "1e3",
      "1.",
      ".5",
      "1.0e999",
      "1.0e_3",
      "1a",
      "?ab",
      "?\\x41",
      ":1",
      "a?!",
    ],
    ...[
      '"\\x"',
      '"\\u41"',
      '"\\u{110000}"',
      '"\\uD800"',
      '"\\u{0000041}"',
      "'\\xff'",
      ':"\\xff"',
      `:${here}\na\n${here}`,
    ],
    ...[
      `${here}a${here}`,
      `${here}\na`,
      `[${here}\na\n${here}: 1]`,
      '"a',
      "'a",
      "[1",
      "{1",
      "%{1 => 2",
      "<<1",
      "nil.Foo",
    ],
    ...[`:${"a".repeat(256)}`, `:"${"a".repeat(256)}"`, "9".repeat(1001), `0x${"f".repeat(1000)}`],
  ])("%j", (value) => {
    const text = `# one\n[\n  "auth": "s3cret",\n  k: ${value}]`;
    const damage = { code: "storage_damaged", message: expect.stringMatching(/hex\.config, line [4-6]\): /) };
    expect(() => parse(text)).toThrow(expect.objectContaining({ failure: expect.objectContaining(damage) }));
    expect(() => parse(text)).not.toThrow(/s3cret/);
  });

  it.each([
    ["[a: 1]\nSystem.halt()", 2],
    ["[a: 1]\n[b: 1]", 2],
    ["[a: 1]\n;;", 2],
    ["[a: 1] |> IO.inspect", 1],
    ["[a: 1,\n :b]", 2],
    ["[\n1]", 2],
    ['[a: """\n b\n', 1],
  ])("around the list: %j", (text, line) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        failure: expect.objectContaining({ details: { path: "/home/ada/hex.config", line } }),
      }),
    );
  });

  it("if the Erlang terms could not be read back", () => {
    const keywords = (depth: number) => `[k: ${"[a: ".repeat(depth)}1${"]".repeat(depth)}]`;
    expect(readTerms(printConfig(parse(keywords(31)))).entries).toHaveLength(1);
    expect(() => parse(keywords(32))).toThrow(/nested/);
    const tuples = (depth: number) => `[k: ${"{1, a: ".repeat(depth)}1${"}".repeat(depth)}]`;
    expect(readTerms(printConfig(parse(tuples(21)))).entries).toHaveLength(1);
    expect(() => parse(tuples(22))).toThrow(/nested/);
    expect(() => parse(`[k: "${"é".repeat(200_000)}"]`)).toThrow(/larger/);
  });

  it("in bounded time for any text", () => {
    const pieces =
      "[ ] { } %{ << >> , ; : => | \\ # #{ . - ? ~ @ & a: nil :a \"a\": 'b' \"\"\" ''' \" ' \\x \\u{ 0x 1_ 1.5 A .B \n \r\n é".split(
        " ",
      );
    const almost = fc
      .array(fc.oneof(fc.constantFrom(...pieces, " "), fc.string({ unit: "binary", maxLength: 2 })), {
        maxLength: 40,
      })
      .map((parts) => `[s3cret: ${parts.join("")}`);
    fc.assert(
      fc.property(almost, (text) => {
        try {
          parse(parse(text).entries.length > 0 ? printConfig(parse(text)) : "");
        } catch (error) {
          expect(error).toBeInstanceOf(FailureError);
          expect((error as FailureError).failure.code).toBe("storage_damaged");
          expect(JSON.stringify((error as FailureError).failure)).not.toContain("s3cret");
        }
      }),
      { numRuns: 3000 },
    );
    const many = [
      "[",
      "{",
      "%{",
      "[a: ",
      "{1, a: ",
      "<<",
      '"',
      "'",
      `${here}\n`,
      " ",
      "#\n",
      "\\\n",
      "A.",
      "a",
      "1_",
      "0x",
      "\\x41",
      "- ",
      "1, ",
      ":a, ",
      "b: 1, ",
      '"a": 1, ',
      '"',
      "\\",
    ];
    for (const each of many) {
      for (const before of ["[k: ", '[k: "']) {
        try {
          parse((before + each.repeat(256 * 1024)).slice(0, 256 * 1024));
        } catch (error) {
          expect(error).toBeInstanceOf(FailureError);
        }
      }
    }
  }, 60_000);
});

describe("an old file with the keys of repositories", () => {
  let home: TemporaryHome;
  beforeEach(async () => {
    home = await makeHome();
  });
  afterEach(() => home.remove());

  const account = { profile: "default", origin: "https://hex.pm" };
  const old = `# hex.config
[username: "ada",
 "$write_key": "sealed",
 "$read_key": "read",
 "$repos": %{
   "hexpm" => %{url: "https://repo.hex.pm", auth_key: "k"}, # public
   "hexpm:acme" => %{auth_key: "organization"},
   "mine" => %{:url => "https://mine.example", "public_key" => """
     -----BEGIN PUBLIC KEY-----
     MIIB
     """}
 }]
`;
  const mine =
    '<<"mine">> => #{url => <<"https://mine.example">>,<<"public_key">> => <<45,45,45,45,45,66,69,71,73,78,32,80,85,66,76,73,67,32,75,69,89,45,45,45,45,45,10,77,73,73,66,10>>}';

  it("is used, and loses nothing when hexuser writes it", async () => {
    await home.write(old);
    const keys = { write: { sealed: "sealed" }, read: "read", repositories: "k" };
    expect(await home.backend.read(account)).toEqual({ keys });
    await home.backend.update(account, async (now) => ({ ...now, keys: { ...keys, read: "new" } }));
    const text = await home.read();
    expect(text).toContain(
      '{username,<<"ada">>}.\n{\'$write_key\',<<"sealed">>}.\n{\'$read_key\',<<"new">>}.\n',
    );
    expect(text).toContain(
      '{\'$repos\',#{<<"hexpm">> => #{url => <<"https://repo.hex.pm">>,auth_key => <<"k">>},' +
        `<<"hexpm:acme">> => #{auth_key => <<"organization">>},${mine}}}.\n`,
    );
    expect(await home.backend.read(account)).toEqual({ keys: { ...keys, read: "new" } });
  });

  it("stays unchanged if hexuser only reads it, or if mix hex would evaluate something in it", async () => {
    await home.write(old.replace('"read"', 'System.get_env("KEY")'));
    await expect(home.backend.update(account, async () => ({ apiKey: "k" }))).rejects.toMatchObject({
      failure: { code: "storage_damaged", message: expect.stringContaining("line 4") },
    });
    expect(await home.read()).toContain("System.get_env");
    await home.write(old);
    await home.backend.read(account);
    expect(await home.read()).toBe(old);
  });
});
