import { defineOperation, shells } from "@hexuser/core";
import { z } from "zod";
import { completionScript } from "./completion-script.ts";

export const completion = defineOperation({
  id: "completion",
  summary: "Print a script that completes command lines in your shell",
  description:
    "Prints a script for bash, zsh, fish or PowerShell. With it, Tab completes commands, flags, profiles, backends, and the names of keys, organizations, repositories and packages that hexuser saw within the last hour. It never waits for a registry. Save the script where your shell looks for completions, or evaluate it in the start-up file of your shell.",
  examples: [{ means: "Print the script for bash", input: { shell: "bash" } }],
  effect: "read",
  input: z.strictObject({
    shell: z
      .enum(shells, {
        error: ({ input }) => (input === undefined ? "is missing" : "must be bash, zsh, fish or powershell"),
      })
      .describe("bash, zsh, fish or powershell")
      .meta({ title: "Shell", arg: true }),
  }),
  answers: [],
  output: z.strictObject({ script: z.string() }),
  show: ({ script }) => ({ text: script }),
  reach: "program",
  async run({ shell }) {
    return { script: completionScript(shell) };
  },
});
