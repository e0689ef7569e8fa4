/**
 * Commands that print what the program has inside: no setting of this machine has to be right for them. By id, so that
 * nothing is loaded to find out.
 */
export const selfContained: ReadonlySet<string> = new Set(["completion", "licenses"]);

/** Commands that have to do with what is on this machine alone: nothing of theirs is sent to a registry. */
export const local: ReadonlySet<string> = new Set([
  "backend.list",
  "backend.use",
  "backend.move",
  "http.allow",
  "http.refuse",
  "reset_password.local",
]);
