import { fail, hint, nearest } from "@hexuser/core";
import { z } from "zod";
import type { FrontEnd } from "../argv/front-end.ts";

/** The flows, by the word after `hexuser wizard`. */
const flows = ["register", "auth", "reset_password", "keys", "other"] as const;

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
        "the flow: register (create an account and sign in), auth (sign in), reset_password (of your account or this machine), keys (make, replace or revoke keys) or other (everything else)",
      )
      .meta({ arg: true }),
  }),
  answers: [],
  page: "approved",
  async carryOut(options, signal) {
    const flow = readFlow(options.input.flow as string | undefined);
    const { carryOutWizard } = await import("./carry-out-wizard.ts");
    return carryOutWizard(flow, options, signal);
  },
};

/** Accepts `reset-password` for `reset_password`, as in the names of commands. */
function readFlow(typed: string | undefined) {
  const word = typed?.toLowerCase().replaceAll("-", "_");
  const flow = flows.find((name) => name === word);
  if (typed === undefined || word === undefined || flow !== undefined) return flow;
  const near = nearest(word, flows);
  const help = hint`see \`hexuser wizard --help\`.`;
  throw fail("invalid_input", `The wizard has no flow “${typed.slice(0, 60)}”.`, {
    hint: near === undefined ? help : hint`did you mean \`hexuser wizard ${near}\`? Otherwise ${help}`,
  });
}
