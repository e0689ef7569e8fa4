import { z } from "zod";
import type { FrontEnd } from "../front-end.ts";

/** `hexuser serve` */
export const serve: FrontEnd = {
  id: "serve",
  summary: "Execute calls for another program",
  description:
    "Takes requests of JSON-RPC 2.0 on standard input, a line each, and answers on standard output: methods are operations, what they tell meanwhile comes as notifications. docs/serve.md describes the protocol.",
  examples: [{ means: "Answer requests over standard input and output", input: { stdio: true } }],
  input: z.strictObject({
    stdio: z
      .literal(true, { error: "is the only way to be reached, and has to be given" })
      .describe("talk over standard input and output"),
    secretsFrom: z
      .string()
      .optional()
      .describe("answers for all calls, one JSON object: a file, or fd:N for an open descriptor")
      .meta({ valueName: "FILE|fd:N" }),
  }),
  answers: [],
  async carryOut(options, signal) {
    const { carryOutServe } = await import("../serve/serve-command.ts");
    return carryOutServe(options, signal);
  },
};
