import type { AnyOperation } from "@hexuser/core";
import { z } from "zod";
import type { FrontEnd } from "../argv/front-end.ts";
import { readFront } from "../host/front.ts";
import { operations } from "../operations/index.ts";
import { report } from "../output/report.ts";
import { createReporter } from "../output/reporter.ts";

type Listed = Pick<AnyOperation, "effect" | "summary" | "answers"> & { readonly operation: string };

/** `hexuser operations` */
export const operationsCommand: FrontEnd = {
  id: "operations",
  summary: "List the operations that programs can call",
  description:
    "Lists the operations that `hexuser run`, `serve` and `mcp` accept: the id, the effect (read, write or destroy), and the answers that the operation may ask for. `hexuser schema` describes their calls.",
  input: z.strictObject({}),
  answers: [],
  show: ({ operations: listed }) => ({
    list: {
      columns: ["Operation", "Effect", "What it does", "May ask for"].map((title) => ({ title })),
      rows: listed.map(({ operation, effect, summary, answers }: Listed) => [
        operation,
        effect,
        summary,
        answers,
      ]),
    },
  }),
  carryOut(options) {
    const front = readFront(options, process.env, process);
    const output = {
      operations: operations.map(({ id, effect, answers, summary }) => ({
        operation: id,
        effect,
        answers: [...answers],
        summary,
      })),
    };
    return report(operationsCommand, { ok: true, output }, front, createReporter(front));
  },
};
