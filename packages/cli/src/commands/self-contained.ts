/**
 * Commands that print what the program has inside: no setting of this machine has to be right for them. By id, so that
 * nothing is loaded to find out.
 */
export const selfContained: ReadonlySet<string> = new Set(["completion", "licenses"]);
