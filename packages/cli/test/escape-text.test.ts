import { describe, expect, it } from "vitest";
import { escapeText, toSafeJson } from "../src/text/escape-text.ts";

const planes = Array.from({ length: 17 }, (_, plane) => plane);

/** Every code point of a plane, each between two letters. */
function textOf(plane: number): string {
  const points = Array.from(
    { length: 0x10000 },
    (_, low) => `a${String.fromCodePoint(plane * 0x10000 + low)}b`,
  );
  return points.join("");
}

describe("invisible text", () => {
  it("is escaped in every plane, and other text stays", { timeout: 60_000 }, () => {
    for (const plane of planes) {
      const text = textOf(plane);
      const escaped = escapeText(text);
      expect(escaped).not.toMatch(/[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/u);
      const visible = text.replace(/a[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{DI}]b/gu, "");
      expect(escaped.replace(/a(?:\\u[0-9a-f]{4}){1,2}b/g, "")).toBe(visible);
    }
  });

  it("is escaped in JSON, which stays the same JSON", () => {
    const name = "\u034f\u115f\u1160\u3164\u17b4\u180e\u{e0041}\u{e0100}\ufe0f\ud800\nx";
    expect(escapeText(name)).toMatch(/^(\\u[0-9a-f]{4})+x$/);
    const json = toSafeJson({ name }, "line");
    expect(json).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(json)).toEqual({ name });
  });

  it("stays only if emoji and scripts need it", () => {
    const needed = ["👩‍👩‍👧", "❤️", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👁️‍🗨️", "🇩🇪", "می‌خواهم", "क्‍ष", "Zürich", "e\u0301"];
    for (const text of needed) expect(escapeText(text)).toBe(text);
    expect(escapeText("x\u200dy")).toBe("x\\u200dy");
    expect(escapeText("می\u200c\u200cخ")).toBe("می\\u200c\\u200cخ");
    expect(escapeText("👍\u{e0041}\u{e007f}")).toBe("👍\\udb40\\udc41\\udb40\\udc7f");
  });
});
