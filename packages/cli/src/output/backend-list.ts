import { styleText } from "node:util";
import type { Front } from "../setup/front.ts";
import { escapeText } from "./escape-text.ts";
import type { Rendered } from "./render-output.ts";
import { type Column, layOutTable } from "./table.ts";

interface ListedBackend {
  readonly name: string;
  readonly inUse: boolean;
  readonly usable: boolean;
  readonly location: string;
  readonly why: string | null;
}

const columns: readonly Column[] = [
  { title: "Backend", least: 8 },
  { title: "In use", least: 6 },
  { title: "Usable", least: 6 },
  { title: "Where, or why not", least: 20 },
];

/** Lays the backends out as a table, in which nothing is told by colour alone. */
export function renderBackendList(
  { backends }: { readonly backends: readonly ListedBackend[] },
  { colors, width }: Pick<Front, "colors" | "width">,
): Rendered {
  const rows = backends.map(({ name, inUse, usable, location, why }) => [
    escapeText(name),
    inUse ? "yes" : "",
    usable ? "yes" : "no",
    escapeText(why ?? location),
  ]);
  const { header, lines } = layOutTable(columns, rows, width);
  const title = colors.out ? styleText("bold", header, { validateStream: false }) : header;
  return { data: [title, ...lines].join("\n") };
}
