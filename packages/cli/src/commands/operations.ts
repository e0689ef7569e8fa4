import { z } from "zod";
import type { FrontEnd } from "../front-end.ts";
import { operations } from "../operations/index.ts";
import { createReporter } from "../output/reporter.ts";
import { report } from "../report.ts";
import { readFront } from "../setup/front.ts";

/** `hexuser operations` */
export const operationsCommand: FrontEnd = {
  id: "operations",
  summary: "List the operations, for programs",
  description:
    "Lists what `hexuser run`, `serve` and `mcp` can be asked to do: the id, the effect (read, write or destroy), and what it may have to ask for. `hexuser schema` describes their calls.",
  input: z.strictObject({}),
  answers: [],
  carryOut(parsed) {
    const front = readFront(parsed, process.env, process);
    const listed = operations.map(({ id, effect, answers, summary }) => ({
      operation: id,
      effect,
      answers: [...answers],
      summary,
    }));
    const show = () => ({
      list: {
        columns: [
          { title: "Operation", kind: "name" },
          { title: "Effect", kind: "words" },
          { title: "What it does", kind: "sentence" },
          { title: "May ask for", kind: "words" },
        ] as const,
        rows: listed.map(({ operation, effect, summary, answers }) => [operation, effect, summary, answers]),
      },
    });
    return report({ show }, { ok: true, output: { operations: listed } }, front, createReporter(front));
  },
};
