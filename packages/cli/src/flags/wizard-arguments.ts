import { parseArgs } from "node:util";
import { FailureError, fail } from "@hexuser/core";
import { nearest } from "../nearest-word.ts";
import { usageFailure } from "../usage-failure.ts";
import { type FlagDescription, globalFlags } from "./global-flags.ts";
import type { FlagValue, ParsedFlags } from "./parsed-flags.ts";
import { type FlowWord, flows, wizardFlags } from "./wizard-flags.ts";

/** Reads the arguments of `hexuser wizard`. Fails with `invalid_input` for a flag or a flow that there is none of. */
export function parseWizardArguments(argv: readonly string[]): {
  readonly parsed: ParsedFlags;
  readonly flow: FlowWord | undefined;
} {
  const known: readonly FlagDescription[] = [...wizardFlags, ...globalFlags];
  const options = Object.fromEntries(
    known.map(({ name, value }) => [name, { type: value === undefined ? "boolean" : "string" } as const]),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const flags: Record<string, FlagValue> = {};
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const flag = known.find(({ name }) => name === token.name);
    if (flag === undefined || (flag.value === undefined && token.value !== undefined)) {
      throw new FailureError(
        usageFailure(
          { flags: [token.rawName] },
          "wizard",
          known.map(({ name }) => name),
        ),
      );
    }
    if (flag.value !== undefined && token.value === undefined) {
      throw fail("invalid_input", `${token.rawName} lacks its value.`, { hint: seeHelp });
    }
    flags[token.name] = token.value ?? true;
  }
  return { parsed: { flags, args: {} }, flow: readFlow(words) };
}

const seeHelp = "see `hexuser wizard --help`.";

function readFlow([typed, ...more]: readonly string[]): FlowWord | undefined {
  if (typed === undefined) return undefined;
  if (more.length > 0) throw fail("invalid_input", "The wizard takes one flow at a time.", { hint: seeHelp });
  const word = typed.toLowerCase().replaceAll("-", "_");
  const flow = flows.find((name) => name === word);
  if (flow !== undefined) return flow;
  const near = nearest(word, flows);
  const hint = near === undefined ? seeHelp : `did you mean \`hexuser wizard ${near}\`? Otherwise ${seeHelp}`;
  throw fail("invalid_input", `The wizard has no flow “${typed.slice(0, 60)}”.`, { hint });
}
