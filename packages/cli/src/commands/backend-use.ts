import { defineOperation, fail } from "@hexuser/core";
import { backendNames } from "@hexuser/credentials/backends";
import { z } from "zod";
import type { CommandContext } from "../host/backends.ts";

export const backendUse = defineOperation({
  id: "backend.use",
  summary: "Choose a place for credentials",
  description:
    "Stores the choice for this profile. `--backend` and HEXUSER_BACKEND override it. It moves no credentials; `hexuser backend move` does.",
  examples: [{ means: "Keep credentials in the keychain of this system", input: { name: "keychain" } }],
  effect: "write",
  input: z.strictObject({
    name: z
      .string({ error: "is missing" })
      .min(1, "must not be empty")
      .describe(backendNames())
      .meta({ title: "Backend", arg: true, completes: "backend" }),
  }),
  answers: [],
  output: z.strictObject({ backend: z.string(), profile: z.string() }),
  show: ({ backend, profile }) => ({
    notices: [`The profile ${profile} keeps its credentials with ${backend} from now on.`],
  }),
  reach: "machine",
  async run({ name }, { backends, profile }: CommandContext) {
    const state = await (await backends.make(name)).available();
    if (!state.available) throw fail("storage_unavailable", state.why, { hint: state.hint });
    await backends.choose({ ...backends.settings(), backend: name });
    return { backend: name, profile };
  },
});
