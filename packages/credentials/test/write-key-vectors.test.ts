import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { localPasswordSeal } from "../src/file/local-password.ts";

interface Vector {
  readonly id: string;
  readonly password: string;
  readonly plaintext_key?: string;
  readonly encrypted: string;
  readonly expect: "ok" | "error";
}

const { vectors } = JSON.parse(readFileSync(new URL("vectors/write-keys.json", import.meta.url), "utf8")) as {
  vectors: readonly Vector[];
};
const good = vectors.filter((vector) => vector.expect === "ok");
const bad = vectors.filter((vector) => vector.expect === "error");

describe("write keys of the real clients", () => {
  it("has both kinds", () => expect([good.length > 30, bad.length > 10]).toEqual([true, true]));

  it.each(good)("opens $id", async ({ encrypted, password, plaintext_key }) => {
    expect(await localPasswordSeal.open({ sealed: encrypted }, password)).toBe(plaintext_key);
  });

  it.each(good)("recognizes a wrong password for $id", async ({ encrypted, password }) => {
    await expect(localPasswordSeal.open({ sealed: encrypted }, `${password}x`)).rejects.toMatchObject({
      failure: { code: "authentication_refused", message: "The local password is wrong." },
    });
  });

  it.each(bad)("refuses $id", async ({ id, encrypted, password }) => {
    // Changed content, a changed IV and a changed salt look like a wrong password, because the key authenticates all of them.
    const code = /tampered/.test(id) ? "authentication_refused" : "storage_damaged";
    await expect(localPasswordSeal.open({ sealed: encrypted }, password)).rejects.toMatchObject({
      failure: { code },
    });
  });
});
