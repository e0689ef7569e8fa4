import { hostname } from "node:os";
import type { Failure, Outcome } from "@hexuser/core";
import type { Setting } from "../setting.ts";

/**
 * Returns an outcome without the parts that may differ between two machines and two front ends: words for people,
 * times, addresses.
 */
export function comparableOutcome(outcome: Outcome, { machine, registry }: Setting): unknown {
  const text = JSON.stringify(outcome.ok ? withoutSecret(outcome) : withoutWords(outcome.failure))
    .replaceAll(machine.home, "HOME")
    .replaceAll(registry.url, "REGISTRY")
    .replaceAll(`"${hostname()}-`, '"HOST-')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/"userAgent":"[^"]*"/g, '"userAgent":"AGENT"');
  return JSON.parse(text);
}

/** Compares whether there is a secret, not which one. Each front end has its own place for a secret. */
function withoutSecret({ output }: Outcome & { readonly ok: true }): object {
  const { secret, savedTo, ...rest } = output;
  return {
    ok: true,
    output: secret === undefined && savedTo === undefined ? rest : { ...rest, secret: "…" },
  };
}

/** Front ends name a missing value in their own words: as a flag or as a field. */
function withoutWords({ code, needs }: Failure): object {
  return { ok: false, failure: { code, needs } };
}

/**
 * Lists the effects outside: the changing requests that the registry got, how they were signed, and the mail that it
 * sent. It leaves out the requests with which a front end finds the account's name for a confirmation.
 */
export function effects({ registry }: Setting): readonly unknown[] {
  const { requests } = registry.control.requests();
  return [
    ...requests
      .filter(({ method }) => method !== "GET")
      .map(({ method, path, status, authorization, otp }) => ({
        request: `${method} ${path.replace(`/${hostname()}-`, "/HOST-")}`,
        status,
        authorization,
        otp,
      })),
    ...registry.outbox().map(({ to, subject }) => ({ mail: to, subject })),
  ];
}
