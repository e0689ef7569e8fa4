import { readdirSync, readFileSync } from "node:fs";
import { FailureError } from "@hexuser/core";
import { describe, expect, it } from "vitest";
import { configValue, parseConfig, printConfig, withValue } from "../src/file/config-document.ts";
import { binary, printTerm, type Term, textOf } from "../src/file/erlang-term.ts";
import { readTerms } from "../src/file/term-reader.ts";
import { TermSyntaxError } from "../src/file/term-scanner.ts";
import { type DescribedTerm, describeTerm, normalize } from "./file/describe-term.ts";

interface Reading {
  readonly ok: boolean;
  readonly terms?: DescribedTerm;
}
interface Vector {
  readonly read_by_every_client?: Reading;
  readonly read_by?: Readonly<Record<string, Reading>>;
}

const folder = new URL("vectors/hex-config/", import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".config"))
  .map((name) => name.slice(0, -".config".length));

function readVector(name: string): { bytes: Buffer; readings: readonly Reading[] } {
  const vector = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as Vector;
  const bytes = readFileSync(new URL(`${name}.config`, folder));
  return { bytes, readings: [vector.read_by_every_client ?? Object.values(vector.read_by ?? {})].flat() };
}

function describeAll(terms: readonly Term[]): unknown {
  return ["list", terms.map(describeTerm)];
}

describe("files of the real clients", () => {
  it("has vectors", () => expect(names.length).toBeGreaterThan(30));

  it.each(names)("%s is read in the same way", (name) => {
    const { bytes, readings } = readVector(name);
    expect(readings.length).toBeGreaterThan(0);
    if (readings.every(({ ok }) => !ok)) {
      expect(() => parseConfig(bytes, "/home/eric/hex.config")).toThrow(FailureError);
      return;
    }
    const document = parseConfig(bytes, "hex.config");
    const read = describeAll(document.entries.map(({ term }) => term));
    const expected = readings.flatMap(({ terms }) => (terms === undefined ? [] : [normalize(terms)]));
    // Clients read one of them differently, depending on their OTP release.
    expect(expected).toContainEqual(read);
  });

  it.each(names)("%s is written back unchanged", (name) => {
    const { bytes, readings } = readVector(name);
    if (readings.every(({ ok }) => !ok) || name.startsWith("legacy")) {
      return;
    }
    const document = parseConfig(bytes, "hex.config");
    expect(Buffer.from(printConfig(document))).toEqual(bytes);
    const changed = withValue(document, "$added", binary("value"));
    const removed = withValue(changed, "$added", undefined);
    expect(textOf(configValue(parseConfig(Buffer.from(printConfig(changed)), "x"), "$added"))).toBe("value");
    expect(printConfig(removed).trim()).toBe(bytes.toString().trim());
  });

  it.each(names)("%s gives the same terms after printing in ASCII and reading", (name) => {
    const { bytes, readings } = readVector(name);
    if (readings.every(({ ok }) => !ok)) {
      return;
    }
    const terms = parseConfig(bytes, "hex.config").entries.map(({ term }) => term);
    const printed = terms.map((term) => `${printTerm(term)}.\n`).join("");
    expect(printed).toMatch(/^[\n -~]*$/);
    expect(describeAll(readTerms(printed).entries.map(({ term }) => term))).toEqual(describeAll(terms));
  });
});

describe("forms of terms that the vectors don't have", () => {
  it.each([
    ['<<"☃">>', "<<3>>"],
    ['<<"🔑é">>', "<<17,233>>"],
    ['<<"☃"/utf8>>', "<<226,152,131>>"],
    ["<<9731/utf8, $a, 256, -1>>", "<<226,152,131,97,0,255>>"],
    ["16#fF", "255"],
    ["- 2#101", "-5"],
    ["$\\n", "10"],
    ["1_000", "1000"],
    ["1.0e-3", "0.001"],
    ["1.5E20", "150000000000000000000.0"],
    ['"a" %c\n "\\x{e9}\\t"', '"a\\x{e9}\\x{9}"'],
    ["'it''", undefined],
    ["'end'", "'end'"],
    ["é", "'\\x{e9}'"],
    ['#{ a=>1 ,"k" => [] }', '#{a => 1,"k" => []}'],
    ["[1|[2]]", "[1|[2]]"],
    ["a.b", undefined],
    ["-a", undefined],
    ["37#1", undefined],
    ["2#3", undefined],
    ["1.0e999", undefined],
    ['"\\x{d800}"', undefined],
    ['"""', undefined],
    ["<0.1.0>", undefined],
  ])("%s is %s", (text, printed) => {
    if (printed === undefined) {
      expect(() => readTerms(`${text}.`)).toThrow(TermSyntaxError);
    } else {
      expect(readTerms(`${text}.`).entries.map(({ term }) => printTerm(term))).toEqual([printed]);
    }
  });
});
