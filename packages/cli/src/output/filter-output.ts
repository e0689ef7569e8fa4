import {
  type Failure,
  fail,
  hint,
  nearest,
  type Outcome,
  publishedOutput,
  secretFields,
} from "@hexuser/core";
import type { Jq } from "jq-wasm/inline";
import { z } from "zod";
import type { AnyCommand } from "../argv/front-end.ts";
import type { Options } from "../argv/options.ts";
import { escapeText, toSafeJson } from "../text/escape-text.ts";

/** The values of `--fields` and `--jq`, and the flags that deliver a secret elsewhere. */
export type OutputFilter = Pick<Options, "fields" | "jq" | "output" | "format">;

/** A filtered output: a document, or the lines that `--jq` returned. */
export type Filtered =
  | { readonly outcome: Outcome }
  | { readonly lines: readonly string[] }
  | { readonly failure: Failure };

type Path = readonly string[];

/** Milliseconds that an expression may take. jq itself stops at 256 MB of memory. */
const longestFilter = 5_000;

/**
 * Checks `--fields` and `--jq` before the command does anything. Fails with `invalid_input` for a command without a
 * JSON document, for unknown fields, for fields that leave out a secret which is shown once, and for a wrong
 * expression.
 */
export async function checkFilter(
  command: AnyCommand,
  { fields, jq, output, format }: OutputFilter,
): Promise<void> {
  const flag = jq === undefined ? "--fields" : "--jq";
  const name = `hexuser ${command.id.replaceAll(".", " ")}`;
  if (command.output === undefined) {
    throw fail("invalid_input", `\`${name}\` prints no single JSON document, so ${flag} can't filter it.`, {
      hint: hint`leave out ${flag}.`,
    });
  }
  if (fields !== undefined) {
    const chosen = readFields(fields, publishedOutput(command));
    const isElsewhere = output !== undefined || format === "github";
    const lost = isElsewhere
      ? []
      : secretFields({ output: command.output }).filter((secret) =>
          chosen.every((path) => path[0] !== secret),
        );
    if (lost.length > 0) {
      throw fail("invalid_input", `--fields leaves out ${lost.join(", ")}, which is shown only once.`, {
        hint: hint`name ${lost.join(" and ")} as well.`,
      });
    }
  }
  if (jq === undefined) return;
  // Without any input, jq only compiles the expression.
  const { stderr, exitCode } = evaluate(await loadJq(), "", jq);
  if (exitCode !== 0) {
    throw fail("invalid_input", `--jq: ${tellJqError(stderr)}`, {
      hint: hint`correct the expression; https://jqlang.org/manual describes the language.`,
    });
  }
}

/**
 * Filters the output of a command that has succeeded. If the expression fails or leaves out a secret that can't be
 * shown again, it returns the failure, so that the caller can print the whole output instead.
 */
export async function filterOutput(
  command: Pick<AnyCommand, "output">,
  output: Readonly<Record<string, unknown>>,
  { fields, jq }: OutputFilter,
  isTerminal: boolean,
): Promise<Filtered> {
  const picked = fields === undefined ? output : pickFields(output, readFields(fields, command.output));
  if (jq === undefined) return { outcome: { ok: true, output: picked as Record<string, unknown> } };
  const { stdout, stderr, exitCode } = evaluate(await loadJq(), JSON.stringify(picked), jq);
  const whole = "The command has done its work; this is its whole output.";
  if (exitCode !== 0) {
    return {
      failure: fail("invalid_input", `--jq: ${tellJqError(stderr)} ${whole}`, {
        hint: hint`correct the expression before you run the command again.`,
      }).failure,
    };
  }
  const secrets = secretFields({ output: command.output }).map((name) => output[name]);
  if (secrets.some((secret) => typeof secret === "string" && !stdout.includes(secret))) {
    const message = `--jq left out what is shown only once. ${whole}`;
    return {
      failure: fail("invalid_input", message, { hint: hint`keep the secret that is in it.` }).failure,
    };
  }
  const results = parseResults(stdout);
  if (results === undefined) {
    return {
      failure: fail("invalid_input", `--jq gave a result that is not JSON. ${whole}`, {
        hint: hint`correct the expression before you run the command again.`,
      }).failure,
    };
  }
  return { lines: results.map((result) => tellResult(result, isTerminal)) };
}

/** Returns the results, one per line, or `undefined` if a line isn't JSON. */
function parseResults(stdout: string): unknown[] | undefined {
  try {
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line): unknown => JSON.parse(line));
  } catch {
    return undefined;
  }
}

/**
 * Prints a text without quotes, like `jq --raw-output`. For a terminal, it escapes control characters. It prints
 * anything else as JSON.
 */
function tellResult(result: unknown, isTerminal: boolean): string {
  if (typeof result !== "string") return toSafeJson(result, "line");
  return isTerminal
    ? result
        .split(/(?<=[\t\n])|(?=[\t\n])/)
        .map(escapeUnlessBlank)
        .join("")
    : result;
}

function escapeUnlessBlank(text: string): string {
  return text === "\t" || text === "\n" ? text : escapeText(text);
}

function readFields(text: string, output: z.ZodObject): readonly Path[] {
  const known = fieldPaths(output);
  // If an output has inner fields in one place only (a list), they are found without the name of the list.
  const [only, ...others] = new Set(
    known.filter((path) => path.includes(".")).map((path) => path.slice(0, path.indexOf("."))),
  );
  const named = text.split(",").map((field) => field.trim());
  return named.map((field) => {
    const found = [field, ...(only !== undefined && others.length === 0 ? [`${only}.${field}`] : [])].find(
      (path) => known.includes(path),
    );
    if (found !== undefined) return found.split(".");
    const near = nearest(
      field,
      known.flatMap((path) => [path, path.slice(path.indexOf(".") + 1)]),
    );
    const list = hint`the fields are ${known.join(", ")}.`;
    throw fail("invalid_input", `--fields: the output has no field “${field.slice(0, 60)}”.`, {
      hint: near === undefined ? list : hint`did you mean ${near}? Otherwise ${list}`,
    });
  });
}

/** `keys`, `keys.name`, `keys.lastUse.usedAt`: the fields of an object, of nested objects and of objects in lists. */
function fieldPaths(schema: unknown, before = ""): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return fieldPaths(schema.unwrap(), before);
  if (schema instanceof z.ZodArray) return fieldPaths(schema.element, before);
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([name, inner]) => [
    before + name,
    ...fieldPaths(inner, `${before}${name}.`),
  ]);
}

function pickFields(value: unknown, paths: readonly Path[]): unknown {
  if (Array.isArray(value)) return value.map((each) => pickFields(each, paths));
  if (typeof value !== "object" || value === null || paths.some(({ length }) => length === 0)) return value;
  const inner = Map.groupBy(paths, ([name = ""]) => name);
  return Object.fromEntries(
    [...inner].map(([name, rests]) => [
      name,
      pickFields(
        (value as Record<string, unknown>)[name],
        rests.map(([, ...rest]) => rest),
      ),
    ]),
  );
}

let loaded: Promise<Jq> | undefined;

/** jq reports to the console when it runs out of memory. The failure says so already. */
function loadJq(): Promise<Jq> {
  console.error = () => {};
  loaded ??= import("jq-wasm/inline").then((library) => library.loadJq());
  return loaded;
}

/** Runs an expression within its limits of time and memory. jq sees no files and no variables of this machine. */
function evaluate(jq: Jq, input: string, expression: string) {
  const { runInNewContext } = process.getBuiltinModule("node:vm");
  // With a space before it, jq doesn't take an expression such as -1 for an option.
  const run = () => jq.raw(input, ` ${expression}`, ["--compact-output"]);
  try {
    return runInNewContext("run()", { run }, { timeout: longestFilter, breakOnSigint: true }) as ReturnType<
      Jq["raw"]
    >;
  } catch (error) {
    const isLate = (error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
    const why = isLate
      ? `it takes longer than ${longestFilter / 1000} s`
      : "it takes more memory than it may";
    return { stdout: "", stderr: why, exitCode: 1 };
  }
}

function tellJqError(stderr: string): string {
  const [first = ""] = stderr.split("\n");
  const text = first.replace(/^jq: error(?: \([^)]*\))?: |:$/g, "").slice(0, 300);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
