import {
  type AccountKey,
  type Availability,
  type CredentialBackend,
  defineOperation,
  hint,
} from "@hexuser/core";
import { unusable } from "@hexuser/credentials";
import { z } from "zod";
import { inWords } from "../argv/phrase-hint.ts";
import type { CommandContext } from "../host/backends.ts";

export const backendList = defineOperation({
  id: "backend.list",
  summary: "List the places for credentials",
  description:
    "Lists the backends and the installed credential helpers. It shows which one is in use, and why another one can't be used here.",
  examples: [{ means: "List the backends of this machine", input: {} }],
  effect: "read",
  input: z.strictObject({}),
  answers: [],
  output: z.strictObject({
    backends: z.array(
      z.strictObject({
        name: z.string(),
        inUse: z.boolean(),
        usable: z.boolean(),
        location: z.string().describe("Where it keeps the credentials of this profile and registry"),
        why: z.string().nullable().describe("Why it can't be used here"),
        hint: z.string().nullable(),
      }),
    ),
  }),
  show: ({ backends }) => ({
    list: {
      columns: [
        { title: "Backend" },
        { title: "Usable" },
        { title: "Where, or why not" },
        { title: "In use", kind: "mark", means: "hexuser uses this backend." },
      ],
      rows: backends.map(({ name, inUse, usable, location, why }) => [
        name,
        usable ? "yes" : "no",
        why ?? location,
        inUse,
      ]),
    },
  }),
  reach: "machine",
  async run(_input, { backends, profile, registry }: CommandContext) {
    const account = { profile, origin: new URL(registry.apiUrl).origin };
    const names = [...new Set([backends.inUse, ...backends.ids()])];
    const rows = names.map(async (name) => {
      const backend = await backends.make(name);
      const state = await findState(backend, account);
      return {
        name,
        inUse: name === backends.inUse,
        usable: state.available,
        location: backend.location(account),
        why: state.available ? null : state.why,
        hint: state.available ? null : inWords(hint`${state.hint}`),
      };
    });
    return { backends: await Promise.all(rows) };
  },
});

/**
 * Tells whether a command could read this account's credentials. A backend may work although its content is damaged.
 */
async function findState(backend: CredentialBackend, account: AccountKey): Promise<Availability> {
  const state = await backend.available();
  if (!state.available) return state;
  try {
    await backend.read(account);
    return state;
  } catch (error) {
    return unusable(error);
  }
}
