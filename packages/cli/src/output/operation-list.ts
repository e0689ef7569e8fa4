import { styleText } from "node:util";
import type { AnyOperation } from "@hexuser/core";
import type { Front } from "../setup/front.ts";
import type { Rendered } from "./render-output.ts";
import { type Column, layOutTable } from "./table.ts";

type ListedOperation = Pick<AnyOperation, "effect" | "answers" | "summary"> & { readonly operation: string };

const columns: readonly Column[] = [
  { title: "Operation", least: 9 },
  { title: "Effect", least: 6 },
  { title: "What it does", least: 20 },
  { title: "May ask for", least: 20 },
];

/** Lays the operations out as a table. */
export function renderOperations(
  { operations }: { readonly operations: readonly ListedOperation[] },
  { colors, width }: Pick<Front, "colors" | "width">,
): Rendered {
  const rows = operations.map(({ operation, effect, answers, summary }) => [
    operation,
    effect,
    summary,
    answers.join(", "),
  ]);
  const { header, lines } = layOutTable(columns, rows, width);
  const title = colors.out ? styleText("bold", header, { validateStream: false }) : header;
  return { data: [title, ...lines].join("\n") };
}
