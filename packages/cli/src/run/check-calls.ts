import {
  type AnyOperation,
  answerNames,
  type DeliveryChoice,
  deliverySchema,
  fail,
  findHalfCharacter,
  halfCharacter,
  handsOver,
  hint,
  inPredicates,
  nearest,
} from "@hexuser/core";
import type { z } from "zod";
import { commandNames } from "../argv/command-names.generated.ts";
import { operations } from "../operations/index.ts";
import type { Problem, RawCall } from "./parse-document.ts";

/** A call that can be executed: its operation exists, and its input is valid. */
export interface PlannedCall {
  /** Its number in the document, from 1. */
  readonly number: number;
  readonly operation: AnyOperation;
  /** With the schema's defaults. */
  readonly input: Record<string, unknown>;
  /** How to deliver its secret, if not in its outcome. */
  readonly deliver?: DeliveryChoice | undefined;
}

/** Mistakes that one failure reports. */
const mostTold = 20;
/** Characters of one call. */
const largestCall = 64 * 1024;

/**
 * Checks every call of a document before any of them is executed. Fails with `invalid_input`, and describes the
 * mistakes of each call by its place, at most twenty. It never repeats a value or an unknown name, because either may
 * be a secret in the wrong place.
 */
export function checkCalls(calls: readonly RawCall[], unreadable: readonly Problem[] = []): PlannedCall[] {
  const planned: PlannedCall[] = [];
  const problems: Problem[] = [...unreadable];
  for (const call of calls) {
    const checked = checkCall(call.value);
    if (typeof checked === "string")
      problems.push({ call: call.number, place: call.place, message: checked });
    else planned.push({ number: call.number, ...checked });
  }
  if (problems.length === 0) return planned;
  problems.sort((one, other) => one.call - other.call);
  const told = problems.slice(0, mostTold);
  const more = problems.length - told.length;
  throw fail(
    "invalid_input",
    [
      "The document has mistakes. Nothing was executed.",
      ...told.map(({ place, message }) => `${place}: ${message}`),
      ...(more > 0 ? [`… and ${more} more.`] : []),
    ].join("\n"),
    {
      hint: hint`\`hexuser schema ID\` says what a call takes, \`hexuser operations\` lists the operations.`,
      details: { problems: told.map(({ call, message }) => ({ call, message })), count: problems.length },
    },
  );
}

/** Returns the call, or its mistake. */
function checkCall(value: unknown): Omit<PlannedCall, "number"> | string {
  if (!isObject(value))
    return 'is not a call; a call is an object like {"operation": "key.list", "input": {}}';
  if (!isSmall(value)) return "is larger than 64 KiB";
  const { operation: id, input, answers, deliver, ...others } = value;
  if (answers !== undefined || hasAnswer(others)) return answersHere;
  if (Object.keys(others).length > 0) return "has fields besides operation, input and deliver";
  if (typeof id !== "string") return "names no operation";
  const operation = operations.find((one) => one.id === id);
  if (operation === undefined) return unknownOperation(id);
  if (input === undefined) return "has no input; an empty one is {}";
  if (!isObject(input)) return "input: must be an object";
  const call = checkInput(operation, input);
  if (deliver === undefined || typeof call === "string") return call;
  if (!handsOver(operation)) return `has \`deliver\`, but ${id} gives no secret`;
  const checked = deliverySchema().safeParse(deliver);
  if (checked.success) return { ...call, deliver: checked.data };
  return checked.error.issues
    .map(({ path, message }) => `${["deliver", ...path].join(".")}: ${message}`)
    .join("; ");
}

const answersHere =
  "has answers, which a document must not hold; give them with --secrets-from, in the environment or on the terminal";

function checkInput(
  operation: AnyOperation,
  input: Record<string, unknown>,
): Omit<PlannedCall, "number"> | string {
  const fields = Object.keys(operation.input.shape);
  if (hasAnswer(input)) return answersHere;
  const checked = operation.input.safeParse(input, inPredicates);
  const half = findHalfCharacter(checked.data);
  if (half !== undefined) return `${half.join(".")}: ${halfCharacter}`;
  if (checked.success) return { operation, input: checked.data };
  const { issues } = checked.error as z.ZodError;
  const messages = issues.slice(0, 5).map((issue) => {
    if (issue.code === "unrecognized_keys") return unknownFields(operation.id, issue.keys, fields);
    const path = issue.path.join(".");
    return `${path}: ${issue.message}`;
  });
  return messages.join("; ");
}

function unknownFields(id: string, keys: readonly string[], fields: readonly string[]): string {
  const near = nearest(keys[0] ?? "", fields);
  const takes = fields.length === 0 ? `${id} takes no input` : `${id} takes ${fields.join(", ")}`;
  return `has an unknown field: ${takes}${near === undefined ? "" : `; did you mean ${near}?`}`;
}

/** The message doesn't repeat the name, because a misplaced value may be a secret. */
function unknownOperation(id: string): string {
  const name = id.replaceAll(".", " ");
  if (commandNames.includes(name)) return `${id} is not an operation; run \`hexuser ${name}\``;
  const near = nearest(
    id,
    operations.map((one) => one.id),
  );
  return `names an unknown operation${near === undefined ? "" : `; did you mean ${near}?`}`;
}

function hasAnswer(value: Record<string, unknown>): boolean {
  return answerNames().some((name) => Object.hasOwn(value, name)) || Object.hasOwn(value, "answers");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Bounds the time that the checks of a call take. */
function isSmall(value: unknown): boolean {
  return JSON.stringify(value).length <= largestCall;
}
