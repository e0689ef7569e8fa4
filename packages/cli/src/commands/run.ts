import { fail } from "@hexuser/core";
import { z } from "zod";
import type { FrontEnd } from "../front-end.ts";

const input = z.strictObject({
  file: z
    .string({ error: "give the document's file, or - for standard input" })
    .describe("The document; - for standard input")
    .meta({ arg: true }),
  parallel: z
    .int({ error: "must be a whole number from 1 to 32" })
    .min(1, "must be 1 at least")
    .max(32, "must be 32 at the most")
    .default(1)
    .describe("how many calls that only read run at the same time")
    .meta({ valueName: "N" }),
  continue: z.boolean().default(false).describe("go on after a call that failed"),
  resume: z.boolean().default(false).describe("go on with a run that didn't come to its end"),
  restart: z.boolean().default(false).describe("begin anew, whatever an earlier run has done"),
  secretsFrom: z
    .string()
    .optional()
    .describe("a file, or fd:N, that holds the answers as one JSON object")
    .meta({ valueName: "SOURCE" }),
  yes: z.boolean().default(false).describe("don't ask for a confirmation"),
});

/** What the flags of `hexuser run` say. */
export type RunChoices = z.output<typeof input>;

/** `hexuser run` */
export const runCommand: FrontEnd = {
  id: "run",
  summary: "Execute a document of calls",
  description:
    "Executes calls one after the other, from a document in JSON or JSON Lines, and prints the outcome of each in a line. The whole document is checked first. What is missing is asked for, or taken from --secrets-from and the environment; it never stands in the document. What was done is written down, so that --resume goes on without doing anything twice.",
  examples: [
    { means: "Execute the calls of a document", input: { file: "calls.jsonl" } },
    { means: "Continue a run that was interrupted", input: { file: "calls.jsonl", resume: true } },
  ],
  input,
  answers: [],
  async carryOut(options, signal) {
    const choices = input.safeParse(options.input);
    if (!choices.success) throw wrongOptions(choices.error);
    const { carryOutRun } = await import("../run/carry-out-run.ts");
    return carryOutRun(choices.data, options, signal);
  },
};

function wrongOptions({ issues }: z.ZodError) {
  const lines = issues.map(({ path, message }) => {
    const name = String(path[0]);
    return `${name === "file" ? "FILE" : `--${name}`}: ${message}`;
  });
  return fail("invalid_input", lines.join("\n"), { hint: "see `hexuser run --help`." });
}
