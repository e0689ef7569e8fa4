import type { FlagDescription } from "./global-flags.ts";

/** What the person can be led through, by the word after `hexuser wizard`. */
export const flows = ["register", "auth", "reset_password", "keys"] as const;
export type FlowWord = (typeof flows)[number];

/** What the wizard takes besides the global flags. */
export const wizardFlags: readonly FlagDescription[] = [
  { name: "no-browser", description: "show addresses only, open nothing" },
];
