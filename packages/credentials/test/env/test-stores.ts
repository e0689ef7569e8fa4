import type { TestStore } from "../test-stores.ts";

/** The environment stores nothing. hexuser prints lines for the shell that this variable names. */
export const testStores: readonly TestStore[] = [
  {
    commands: [],
    backends: { env: [] },
    start: async () => ({ env: { SHELL: "/bin/bash" }, clear: async () => {}, stop: async () => {} }),
  },
];
