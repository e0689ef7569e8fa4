import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { operations } from "../../src/operations/index.ts";
import type { PlannedCall } from "../../src/run/check-calls.ts";
import { type Journal, type JournalState, openJournal, readJournal } from "../../src/run/journal.ts";
import { withJournal } from "../../src/run/with-journal.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "hexuser-journal-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const path = () => join(directory, "run.jsonl");

function written(...entries: readonly [number, JournalState][]): Journal {
  const journal = openJournal(path(), 9, undefined);
  for (const [call, state] of entries) journal.note(call, state);
  return journal;
}

describe("a journal", () => {
  it("is private to its owner, and holds only numbers and states", () => {
    written([1, "begun"], [1, "done"], [3, "begun"]).end(true);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readFileSync(path(), "utf8")).toBe(
      '{"journal":1,"calls":9}\n{"call":1,"state":"begun"}\n{"call":1,"state":"done"}\n{"call":3,"state":"begun"}\n',
    );
    expect([...(readJournal(path())?.states ?? [])]).toEqual([
      [1, "done"],
      [3, "begun"],
    ]);
  });

  it("survives a cut at any byte, with the lines before it", () => {
    written([1, "begun"], [1, "done"], [2, "begun"], [2, "settled"]).end(true);
    const whole = readFileSync(path());
    const expected = [[], [[1, "begun"]], [[1, "done"]]];
    for (let length = 0; length <= whole.length; length += 1) {
      writeFileSync(path(), whole);
      truncateSync(path(), length);
      const lines = whole.subarray(0, length).toString().split("\n").length - 1;
      const earlier = readJournal(path());
      if (lines === 0) expect(earlier).toBeUndefined();
      else if (lines <= 3) expect([...(earlier?.states ?? [])]).toEqual(expected[lines - 1]);
      const journal = openJournal(path(), 9, earlier);
      journal.note(7, "begun");
      journal.end(true);
      expect(readJournal(path())?.states.get(7)).toBe("begun");
    }
  });

  it("survives zeros at its end from a loss of power", () => {
    written([1, "begun"]).end(true);
    appendFileSync(path(), "\0".repeat(40));
    expect(readJournal(path())?.states.get(1)).toBe("begun");
  });

  it.each([
    "nonsense\n",
    '{"journal":2,"calls":1}\n',
    '{"journal":1,"calls":1}\n{"call":0,"state":"done"}\n',
    "\n\n",
  ])("that is damaged is a failure, not an empty one: %j", (content) => {
    writeFileSync(path(), content);
    expect(() => readJournal(path())).toThrow("is damaged");
  });

  it("knows whether another run needs it", () => {
    const journal = written([1, "begun"], [1, "failed"], [2, "read"]);
    expect(journal.hasChanges()).toBe(false);
    journal.note(3, "begun");
    expect(journal.hasChanges()).toBe(true);
    journal.end(false);
    expect(readJournal(path())).toBeUndefined();
  });
});

describe("a run with its journal", () => {
  const ctx = {
    registry: { apiUrl: "https://registry.test/api", userAgent: "", timeout: 1, offline: false },
    profile: "default",
    credentials: { id: "file" },
  };
  const revoke = (name: string): PlannedCall => ({
    number: 1,
    operation: operations.find(({ id }) => id === "key.revoke") as PlannedCall["operation"],
    input: { name },
  });
  const start = { resume: false, restart: false };
  const stopAfter = (calls: PlannedCall[], how = start) =>
    withJournal(calls, ctx, directory, how, async (journal) => {
      journal.note(1, "begun");
      return false;
    });

  it("is resumed or restarted only with the flag for it", async () => {
    await stopAfter([revoke("a")]);
    const again = withJournal([revoke("a")], ctx, directory, start, async () => true);
    await expect(again).rejects.toThrow("is unfinished");
    let found: JournalState | undefined;
    const look = async (journal: Journal) => {
      found = journal.stateOf(1);
      return false;
    };
    await withJournal([revoke("a")], ctx, directory, { resume: true, restart: false }, look);
    expect(found).toBe("begun");
    await withJournal([revoke("a")], ctx, directory, { resume: false, restart: true }, look);
    expect(found).toBeUndefined();
  });

  it("knows its document, its registry, its profile and its backend", async () => {
    await stopAfter([revoke("a")]);
    await withJournal([revoke("b")], ctx, directory, start, async () => true);
    await withJournal([revoke("a")], { ...ctx, profile: "work" }, directory, start, async () => true);
    const other = { ...ctx, registry: { ...ctx.registry, apiUrl: "https://other.test/api" } };
    await withJournal([revoke("a")], other, directory, start, async () => true);
    const elsewhere = { ...ctx, credentials: { id: "keychain" } };
    await withJournal([revoke("a")], elsewhere, directory, start, async () => true);
    await expect(stopAfter([revoke("a")])).rejects.toThrow("is unfinished");
  });

  it("leaves no journal if it's finished, or if it failed before it changed anything", async () => {
    await withJournal([revoke("a")], ctx, directory, start, async (journal) => {
      journal.note(1, "done");
      return true;
    });
    await withJournal([revoke("a")], ctx, directory, start, async () => false);
    const resumed = withJournal(
      [revoke("a")],
      ctx,
      directory,
      { resume: true, restart: false },
      async () => true,
    );
    await expect(resumed).rejects.toThrow("no unfinished run");
  });
});
