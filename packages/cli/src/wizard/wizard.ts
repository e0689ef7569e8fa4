import { z } from "zod";
import type { FrontEnd } from "../argv/front-end.ts";

/** What the person can be led through, by the word after `hexuser wizard`. */
export const flows = ["register", "auth", "reset_password", "keys"] as const;
export type FlowWord = (typeof flows)[number];

/** `hexuser wizard` */
export const wizard: FrontEnd = {
  id: "wizard",
  summary: "Answer questions step by step",
  description:
    "Asks one question after the other, explains each answer, and shows the command that does the same. Without a flow it shows who is signed in and offers the next steps. It needs a terminal.",
  examples: [{ means: "Create an account step by step", input: { flow: "register" } }],
  input: z.strictObject({
    flow: z
      .enum(flows)
      .optional()
      .describe(
        "the flow: register (create an account and sign in), auth (sign in), reset_password (of your account or this machine) or keys (create or revoke keys)",
      )
      .meta({ arg: true }),
  }),
  answers: [],
  page: "approved",
  async carryOut(options, signal) {
    const { carryOutWizard } = await import("./carry-out-wizard.ts");
    return carryOutWizard(options, signal);
  },
};
