import type { AnyOperation } from "@hexuser/core";
import type { z } from "zod";
import { type Description, describeSchema } from "./describe-schema.ts";

/** A field of an operation's input, as far as a question has to know it. */
export interface InputField extends Omit<Description, "title"> {
  readonly name: string;
  readonly title: string;
  readonly isOptional: boolean;
  readonly schema: z.ZodType;
}

/** The fields that a person is asked for, in the order of the schema. Those that front ends fill in are left out. */
export function fieldsOf(operation: AnyOperation): InputField[] {
  const names = Object.keys(operation.input.shape);
  return names.map((name) => fieldOf(operation, name)).filter(({ isHidden }) => !isHidden);
}

/** One field of an operation's input. */
export function fieldOf(operation: AnyOperation, name: string): InputField {
  const schema: z.ZodType | undefined = operation.input.shape[name];
  if (schema === undefined) throw new Error(`${operation.id} has no input ${name}`);
  const description = describeSchema(schema);
  return {
    ...description,
    name,
    title: description.title ?? readable(name),
    isOptional: schema.safeParse(undefined).success,
    schema,
  };
}

/** What typed text stands for: several values are typed in one line, with spaces or commas between them. */
export function toValue({ kind }: InputField, text: string): unknown {
  if (kind === "array") return text.split(/[\s,]+/).filter((part) => part !== "");
  if (kind === "number") return text.trim() === "" ? undefined : Number(text);
  return text.trim();
}

/** Checks typed text by the field's own schema, the same that the operation uses. Gives `true`, or what is wrong. */
export function checkText(field: InputField, text: string): true | string {
  const result = field.schema.safeParse(toValue(field, text));
  return result.success || result.error.issues.map((issue) => issue.message).join("; ");
}

/** `keyName` → "Key name" */
function readable(field: string): string {
  const words = field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
