/** Columns of a terminal that doesn't tell its own. */
const usual = 80;

/** The columns of a terminal. A serial line or a new pseudo-terminal may report 0, which tells nothing. */
export function terminalColumns({ columns }: { readonly columns?: number | undefined }): number {
  return columns || usual;
}
