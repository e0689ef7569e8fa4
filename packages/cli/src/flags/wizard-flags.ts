import type { FlagDescription } from "./global-flags.ts";

/** What the wizard takes besides the global flags. */
export const wizardFlags: readonly FlagDescription[] = [
  {
    name: "accessible",
    description: "plain lines, for screen readers; also with TERM=dumb",
    env: "ACCESSIBLE",
  },
  { name: "no-browser", description: "show addresses only, open nothing" },
];
