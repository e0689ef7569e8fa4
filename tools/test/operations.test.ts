import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { operations } from "hexuser/operations";
import { describe, expect, it } from "vitest";
import {
  commandOfOperation,
  exportOfOperation,
  fileOfOperation,
  importOperationFile,
  operationFiles,
} from "../operation-list.ts";
import { workspaceRoot } from "../workspace.ts";

describe("operations", () => {
  it("exist, each once", () => {
    const ids = operations.map(({ id }) => id);
    expect(ids).not.toEqual([]);
    expect([...new Set(ids)]).toEqual(ids);
  });

  it("have files of their names and are in the list", () => {
    const named = new Set(operations.map(({ id }) => fileOfOperation(id)));
    expect([...named].sort()).toEqual(operationFiles().sort());
  });

  it.each(operations)("$id is exported under its own name", async (operation) => {
    const exported = await importOperationFile(fileOfOperation(operation.id));
    expect(exported[exportOfOperation(operation.id)]).toBe(operation);
  });

  it.each(operations)("$id is a command", ({ id, summary }) => {
    const [, ...command] = commandOfOperation(id).split(" ");
    const { status, stdout } = spawnSync(
      join(workspaceRoot, "node_modules/.bin/hexuser"),
      [...command, "--help"],
      { encoding: "utf8", env: { PATH: process.env.PATH, HEX_HOME: "/nonexistent" } },
    );
    expect(stdout).toContain(summary);
    expect(status).toBe(0);
  });
});
