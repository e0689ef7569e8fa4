import { type AnyOperation, defineOperation } from "@hexuser/core";
import { z } from "zod";
import { operations } from "../operations/index.ts";

/** `hexuser operations` */
export const operationsCommand: AnyOperation = defineOperation({
  id: "operations",
  summary: "List the operations that programs can call",
  description:
    "Lists the operations that `hexuser run`, `serve` and `mcp` accept: the id, the effect (read, write or destroy), and the answers that the operation may ask for. `hexuser schema` describes their calls.",
  effect: "read",
  input: z.strictObject({}),
  answers: [],
  output: z.strictObject({
    operations: z.array(
      z.strictObject({
        operation: z.string(),
        effect: z.enum(["read", "write", "destroy"]),
        answers: z.array(z.string()),
        summary: z.string(),
      }),
    ),
  }),
  show: ({ operations: listed }) => ({
    list: {
      columns: ["Operation", "Effect", "What it does", "May ask for"].map((title) => ({ title })),
      rows: listed.map(({ operation, effect, summary, answers }) => [operation, effect, summary, answers]),
    },
  }),
  reach: "program",
  async run() {
    return {
      operations: operations.map(({ id, effect, answers, summary }) => ({
        operation: id,
        effect,
        answers: [...answers],
        summary,
      })),
    };
  },
});
