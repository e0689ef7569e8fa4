/** An output as people see it, without saying how it looks: each front end renders it in its own way. */
export interface Display {
  /** The value that was asked for, on its own: a username, a secret. */
  readonly value?: string | undefined;
  readonly list?: List | undefined;
  /** A text of the program's own, whose line ends stay. */
  readonly text?: string | undefined;
  /** Sentences, each on a line of its own; a quiet front end leaves them out. */
  readonly notices?: readonly string[] | undefined;
  /** Sentences that a quiet front end shows, too. */
  readonly warnings?: readonly string[] | undefined;
  /** Sentences for those who want to know more. */
  readonly details?: readonly string[] | undefined;
}

export interface List {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Column {
  readonly title: string;
  /** Its cells are times in ISO 8601. */
  readonly isTime?: boolean | undefined;
  /** What a cell without a value shows; empty otherwise. */
  readonly absent?: string | undefined;
}

export type Cell = string | readonly string[] | null;

/** A sentence that lists names, or nothing where there are none. */
export function namesLine(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(", ")}.`];
}
