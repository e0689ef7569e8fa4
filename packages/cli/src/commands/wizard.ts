import { z } from "zod";
import type { FrontEnd } from "../front-end.ts";

/** What the person can be led through, by the word after `hexuser wizard`. */
export const flows = ["register", "auth", "reset_password", "keys"] as const;
export type FlowWord = (typeof flows)[number];

/** `hexuser wizard` */
export const wizard: FrontEnd = {
  id: "wizard",
  summary: "Be asked step by step",
  description:
    "Asks for everything, one question after the other, says what each answer means, and ends with the command that would have done the same. Without a flow it shows who is signed in, and offers what makes sense next. It needs a terminal.",
  examples: [{ means: "Create an account step by step", input: { flow: "register" } }],
  input: z.strictObject({
    flow: z
      .enum(flows)
      .optional()
      .describe(
        "what to do: register (create an account, and sign in), auth (sign in), reset_password (of your account, or of this machine) or keys (make one, or revoke some)",
      )
      .meta({ arg: true }),
  }),
  answers: [],
  page: "approved",
  async carryOut(options, signal) {
    const { carryOutWizard } = await import("../wizard-command.ts");
    return carryOutWizard(options, signal);
  },
};
