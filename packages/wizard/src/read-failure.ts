import { type AnyOperation, askedFields, type Failure } from "@hexuser/core";
import { answerId, inputId } from "./form.ts";

/** A refused answer: which question, and what was wrong with its answer. */
export interface Complaint {
  readonly id: string;
  readonly remark?: string;
}

/** Whether nobody is signed in on this machine. */
export function isSignInMissing({ details }: Failure): boolean {
  return details?.reason === "not_signed_in" || details?.reason === "session_ended";
}

/** Whether the account's address has not been confirmed yet. */
export function isEmailUnconfirmed({ details }: Failure): boolean {
  return details?.reason === "email_unconfirmed";
}

/**
 * Finds the questions whose answers a failure complains about, by the paths of what was refused: `["emails", "email"]`
 * is about the field `email`.
 */
export function complaintsOf(failure: Failure, operation: AnyOperation): Complaint[] {
  if (failure.details?.reason === "wrong_account_password") {
    return [{ id: inputId("username"), remark: failure.message }, { id: answerId("accountPassword") }];
  }
  if (failure.code !== "validation_failed" && failure.code !== "invalid_input") return [];
  const fields = askedFields(operation);
  const names = fields.map(({ name }) => name);
  const complaints = (failure.details?.issues ?? []).flatMap(({ path, message }) => {
    const id = questionOf(path, names);
    if (id === undefined) return [];
    const title = fields.find(({ name }) => inputId(name) === id)?.title ?? "Password";
    return [{ id, remark: `${title} not accepted: ${message}` }];
  });
  return complaints.filter(({ id }, index) => complaints.findIndex((other) => other.id === id) === index);
}

/** Registries name things their own way: what we call `keyName` is a `name` there. */
function questionOf(path: readonly string[], names: readonly string[]): string | undefined {
  const exact = names.find((name) => path.includes(name));
  if (exact !== undefined) return inputId(exact);
  if (path.includes("password")) return answerId("accountPassword");
  const last = path.at(-1) ?? "";
  const close = names.find((name) => name.toLowerCase().endsWith(last.toLowerCase()) && last !== "");
  return close === undefined ? undefined : inputId(close);
}
