/** Columns of a terminal that doesn't tell its width. */
const usual = 80;

/** Returns the columns of a terminal. A serial line or a new pseudo-terminal may report 0, which means unknown. */
export function terminalColumns({ columns }: { readonly columns?: number | undefined }): number {
  return columns || usual;
}
