import { hostname } from "node:os";
import type { Failure, Outcome } from "@hexuser/core";
import type { Setting } from "../setting.ts";

/** An outcome without what may differ between two machines and two front ends: words for people, times, addresses. */
export function comparableOutcome(outcome: Outcome, { machine, registry }: Setting): unknown {
  const text = JSON.stringify(outcome.ok ? withoutSecret(outcome) : withoutWords(outcome.failure))
    .replaceAll(machine.home, "HOME")
    .replaceAll(registry.url, "REGISTRY")
    .replaceAll(`"${hostname()}-`, '"HOST-')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/"userAgent":"[^"]*"/g, '"userAgent":"AGENT"');
  return JSON.parse(text);
}

/** That a secret is there is compared, not which one. Where it was written to instead is the front end's own. */
function withoutSecret({ output }: Outcome & { readonly ok: true }): object {
  const { secret, savedTo, ...rest } = output;
  return {
    ok: true,
    output: secret === undefined && savedTo === undefined ? rest : { ...rest, secret: "…" },
  };
}

/** Front ends name what is missing in their own words: by a flag, by a field. */
function withoutWords({ code, needs }: Failure): object {
  return { ok: false, failure: { code, needs } };
}

/**
 * What became of it all outside: which requests that change something the registry got, signed how, and what mail it
 * sent. A front end may ask who somebody is before it lets them confirm something.
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
