import { z } from "zod";
import type { FrontEnd } from "../argv/front-end.ts";

/** `hexuser serve` */
export const serve: FrontEnd = {
  id: "serve",
  summary: "Run calls for another program",
  description:
    "Reads JSON-RPC 2.0 requests from standard input, one per line, and answers on standard output. The methods are the operations; their events are notifications. docs/serve.md describes the protocol.",
  examples: [{ means: "Answer requests over standard input and output", input: { stdio: true } }],
  input: z.strictObject({
    stdio: z
      .literal(true, { error: "is required, because it is the only way to talk to hexuser" })
      .describe("use standard input and output"),
    secretsFrom: z
      .string()
      .optional()
      .describe("a file or fd:N with the answers for all calls as one JSON object")
      .meta({ valueName: "FILE|fd:N" }),
  }),
  answers: [],
  async carryOut(options, signal) {
    const { carryOutServe } = await import("./carry-out-serve.ts");
    return carryOutServe(options, signal);
  },
};
