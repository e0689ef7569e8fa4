import { fail, hint } from "@hexuser/core";
import { z } from "zod";
import type { FrontEnd } from "../argv/front-end.ts";

const inputSchema = z.strictObject({
  allow: z
    .array(z.enum(["write", "destroy"]))
    .optional()
    .describe("What is offered besides reading: write or destroy")
    .meta({ valueName: "EFFECT" }),
  saveToBackend: z
    .array(z.string())
    .optional()
    .describe("A backend besides the one in use that keys may be kept in, as with --backend")
    .meta({ valueName: "BACKEND" }),
  secretsFrom: z
    .string()
    .optional()
    .describe(
      "A file that holds answers as one JSON object, or fd:N; hexuser reads a file again for each call",
    )
    .meta({ valueName: "FILE" }),
});

/** `hexuser mcp` */
export const mcpCommand: FrontEnd = {
  id: "mcp",
  summary: "Offer the operations to an AI model as MCP tools",
  description:
    "Serves the Model Context Protocol on standard input and output; an MCP client starts it. It only reads unless you allow writing or destroying, and one doesn't include the other. The model gets no secret: hexuser writes a new key to a file or a backend, and passwords and codes come from the environment or --secrets-from.",
  examples: [{ means: "Offer the tools that read or change something", input: { allow: ["write"] } }],
  input: inputSchema,
  answers: [],
  async carryOut(options, signal) {
    const input = inputSchema.safeParse(options.input);
    if (!input.success) {
      throw fail("invalid_input", "--allow takes an effect: write or destroy.", {
        hint: hint`give \`--allow write\`, \`--allow destroy\`, or both; what reads is always offered.`,
      });
    }
    const { serveMcp } = await import("./carry-out-mcp.ts");
    const { allow = [], saveToBackend = [], secretsFrom } = input.data;
    return serveMcp({
      options,
      signal,
      allow,
      allowedBackends: saveToBackend,
      secretsFrom: secretsFrom || undefined,
    });
  },
};
