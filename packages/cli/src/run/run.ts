import { fail, hint, inPredicates, tellIssue } from "@hexuser/core";
import { z } from "zod";
import type { FrontEnd } from "../argv/front-end.ts";

const input = z.strictObject({
  file: z
    .string({ error: "must be the file of a document, or - for standard input" })
    .describe("The document; - for standard input")
    .meta({ arg: true }),
  parallel: z
    .int({ error: "must be a whole number from 1 to 32" })
    .min(1, "must be at least 1")
    .max(32, "must be at most 32")
    .default(1)
    .describe("how many reading calls run at the same time")
    .meta({ valueName: "N" }),
  continue: z.boolean().default(false).describe("continue after a call that failed"),
  resume: z.boolean().default(false).describe("continue a run that didn't finish"),
  restart: z.boolean().default(false).describe("start again from the first call"),
  secretsFrom: z
    .string()
    .optional()
    .describe("a file or fd:N with the answers as one JSON object")
    .meta({ valueName: "SOURCE" }),
  yes: z.boolean().default(false).describe("don't ask for confirmation"),
});

/** `hexuser run` */
export const runCommand: FrontEnd = {
  id: "run",
  summary: "Run the calls of a document",
  description:
    "Runs the calls of a document in JSON or JSON Lines one after the other, and prints a line per outcome. It checks the whole document first. The document holds no secrets: hexuser asks for them, or takes them from --secrets-from and the environment. It keeps a journal, so that --resume continues without repeating a call.",
  examples: [
    { means: "Run the calls of a document", input: { file: "calls.jsonl" } },
    { means: "Continue a run that was interrupted", input: { file: "calls.jsonl", resume: true } },
  ],
  input,
  answers: [],
  async carryOut(options, signal) {
    const choices = input.safeParse(options.input, inPredicates);
    if (!choices.success) throw wrongOptions(choices.error);
    const { carryOutRun } = await import("./carry-out-run.ts");
    return carryOutRun(choices.data, options, signal);
  },
};

function wrongOptions({ issues }: z.ZodError) {
  const lines = issues.map(({ path, message }) => {
    const name = String(path[0]);
    return tellIssue(name === "file" ? "FILE" : `--${name}`, message);
  });
  return fail("invalid_input", lines.join("\n"), { hint: hint`see \`hexuser run --help\`.` });
}
