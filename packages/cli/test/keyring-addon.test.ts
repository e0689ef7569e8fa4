import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { removeLeftovers } from "../src/packed/keyring-addon.ts";

it("removes libraries of earlier processes, and nothing else", () => {
  const parent = mkdtempSync(join(tmpdir(), "leftovers-"));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const make = (directory: string, file: string, age: number) => {
    mkdirSync(join(parent, directory));
    const path = join(parent, directory, file);
    writeFileSync(path, "");
    const time = new Date(Date.now() - age);
    utimesSync(path, time, time);
  };
  make("hexuser-AbC123", "keyring.node", 120_000);
  make("hexuser-yOung1", "keyring.node", 1000);
  make("hexuser-others", "else.txt", 120_000);
  make("hexuser-e2e-AbC123", "keyring.node", 120_000);
  removeLeftovers(parent, Date.now());
  expect(readdirSync(parent).sort()).toEqual(["hexuser-e2e-AbC123", "hexuser-others", "hexuser-yOung1"]);
});
