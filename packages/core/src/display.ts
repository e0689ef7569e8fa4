/**
 * What people see of an output, without a word about how it looks: each front end renders it. Text from elsewhere, like
 * the names of keys, stays as it is; front ends escape it.
 */
export interface Display {
  /** The one value that the operation was called for. */
  readonly value?: string | undefined;
  /** The program's own text, whose lines stay as they are. */
  readonly text?: string | undefined;
  readonly list?: DisplayList | undefined;
  readonly notices?: readonly string[] | undefined;
  /** Told even when quiet. */
  readonly warnings?: readonly string[] | undefined;
  /** Told to those who want to know more. */
  readonly details?: readonly string[] | undefined;
}

/** Rows of plain data under columns. */
export interface DisplayList {
  readonly columns: readonly DisplayColumn[];
  readonly rows: readonly (readonly Cell[])[];
  /** What to say in place of a list without rows. */
  readonly empty?: string | undefined;
}

/** A column. Its kind says how its cells read: `mark` says only what is so, `yes_no` says both. */
export interface DisplayColumn {
  readonly title: string;
  readonly kind: "name" | "words" | "sentence" | "time" | "yes_no" | "mark";
  /** What to say where the cell is `null`. */
  readonly none?: string | undefined;
}

/** A time is ISO 8601. */
export type Cell = string | boolean | null | readonly string[];

/** One sentence with all names, or none where there are no names. */
export function namesLine(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(", ")}.`];
}
