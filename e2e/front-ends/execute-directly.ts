// Executes calls without any front end, one after the other. Reads `{calls, answers}` from standard input, and writes
// one outcome per line. A comparison with it shows what a front end adds or leaves out.
import { text } from "node:stream/consumers";
import { type Answers, execute } from "@hexuser/core";
import { createContext } from "hexuser/create-context";
import { operations } from "hexuser/operations";
import type { PlainCall } from "./twenty-calls.ts";

const { calls, answers } = JSON.parse(await text(process.stdin)) as { calls: PlainCall[]; answers: Answers };
const context = await createContext({
  options: { input: {} },
  env: process.env,
  emit: () => {},
  signal: new AbortController().signal,
});
for (const { operation: id, input } of calls) {
  const operation = operations.find((one) => one.id === id);
  if (operation === undefined) throw new Error(`There is no operation ${id}.`);
  console.log(JSON.stringify(await execute(operation, input, context, answers)));
}
