import { defineOperation } from "@hexuser/core";
import { shells } from "@hexuser/credentials";
import { z } from "zod";
import { completionScript } from "../completion/completion-script.ts";

export const completion = defineOperation({
  id: "completion",
  summary: "Print what makes a shell complete command lines",
  description:
    "Prints a script for bash, zsh, fish or PowerShell. With it Tab completes commands, flags, profiles, backends and the names of keys that were listed or made within the last hour; it never waits for a registry. Put it where the shell looks for completions, or evaluate it in the shell's start-up file.",
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
