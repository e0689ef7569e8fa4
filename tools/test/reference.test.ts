import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { formattedReference } from "../reference-page.ts";
import { workspaceRoot } from "../workspace.ts";

it("docs/reference.md is what `npm run reference` writes", () => {
  expect(readFileSync(join(workspaceRoot, "docs/reference.md"), "utf8")).toBe(formattedReference());
});
