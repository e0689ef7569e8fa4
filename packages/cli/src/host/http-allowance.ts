import { fail, hint } from "@hexuser/core";
import type { Options } from "../argv/options.ts";
import { type Environment, variable } from "./settings.ts";

/**
 * Tells whether the person allowed plain http to this origin: with the flag for one command, with the variable, or with
 * `hexuser http allow`. Fails with `invalid_input` if the variable holds something else than origins.
 *
 * @param kept returns the origins that the person allowed with `hexuser http allow`
 */
export function isHttpAllowed(
  origin: string,
  options: Options,
  env: Environment,
  kept: () => readonly string[],
): boolean {
  const named = (variable(env, "HEXUSER_ALLOW_HTTP") ?? "")
    .split(",")
    .filter((entry) => entry.trim() !== "")
    .map((entry) => readHttpOrigin(entry.trim(), "HEXUSER_ALLOW_HTTP"));
  return options.allowHttp === true || named.includes(origin) || kept().includes(origin);
}

/**
 * Reads the origin of a registry on plain http: `http://registry.lan:4000`, or any address there. Fails with
 * `invalid_input`, naming the source, for anything else.
 */
export function readHttpOrigin(text: string, source: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const hasUser = url !== undefined && (url.username !== "" || url.password !== "");
  if (url?.protocol === "http:" && !hasUser) return url.origin;
  throw fail("invalid_input", `${source} is not the http address of a registry.`, {
    hint: hint`give it like http://registry.example:4000.`,
  });
}
