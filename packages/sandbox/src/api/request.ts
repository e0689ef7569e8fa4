import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Origin } from "../registry.ts";
import { type ApiContext, badRequest, knownDefect, refusal } from "./answer.ts";

/**
 * Returns the path of a request as the real servers see it: without the query and without empty segments. A doubled
 * slash, or a slash at the end, changes nothing. It uses the request line, because a URL resolves `..` and `%2E%2E`,
 * and both can be names of keys.
 */
export function requestPath(request: Request, options?: { env?: Partial<HttpBindings> }): string {
  const target = options?.env?.incoming?.url;
  const path = target?.startsWith("/") ? (target.split("?")[0] ?? "") : new URL(request.url).pathname;
  return `/${path
    .split("/")
    .filter((segment) => segment !== "")
    .join("/")}`;
}

/**
 * Reads the fields of a request's body, by its media type. JSON that isn't an object has no fields, and neither has
 * a body of an unknown media type.
 * @throws Refusal (400) for JSON or UTF-8 that is malformed, and for Erlang terms, which the sandbox does not
 * read
 */
export async function readFields(c: ApiContext): Promise<Readonly<Record<string, unknown>>> {
  const type = (c.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  switch (type) {
    case "application/json":
    case "application/vnd.hex+json":
      return readJson(await c.req.arrayBuffer());
    case "application/x-www-form-urlencoded":
      return Object.fromEntries(new URLSearchParams(decode(await c.req.arrayBuffer())));
    case "application/vnd.hex+erlang":
      throw badRequest();
    default:
      return {};
  }
}

function readJson(bytes: ArrayBuffer): Readonly<Record<string, unknown>> {
  if (bytes.byteLength === 0) return {};
  const text = decode(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest();
  }
  return isRecord(value) ? value : {};
}

function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw badRequest();
  }
}

/** Tells whether a value is an object with fields: neither null nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Tells whether a field is absent, null or blank. */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "string" && value.trim() === "");
}

/**
 * Checks that the servers' database can store a text.
 * @throws Refusal (400, or 500 where the real server fails) for a null byte
 */
export function requireStorable(c: ApiContext, text: string | null): void {
  if (text?.includes("\0")) throw c.var.registry.behavior.unstorableTextFails ? knownDefect() : badRequest();
}

/**
 * Checks that a path is percent-encoded UTF-8.
 * @throws Refusal (400, or 500 where the real server fails) otherwise
 */
export function requireReadablePath(c: ApiContext): void {
  try {
    decodeURIComponent(c.req.path);
  } catch {
    throw c.var.registry.behavior.unstorableTextFails ? knownDefect() : badRequest();
  }
}

/** The method of a request. The field `_method` in the body of a POST overrides it. */
export function meantMethod(c: ApiContext, fields: Readonly<Record<string, unknown>>): string {
  const named = String(fields._method ?? "").toUpperCase();
  return c.req.method === "POST" && ["PUT", "PATCH", "DELETE"].includes(named) ? named : c.req.method;
}

/**
 * A parameter of the path, decoded.
 * @throws Refusal (400) if it contains a null byte or isn't valid percent-encoding
 */
export function pathParameter(c: ApiContext, name: string): string {
  const value = c.req.param(name) ?? "";
  if (value.includes("\0")) throw badRequest();
  return value;
}

/** The number of the page in the query; 1 if the query has no valid number. */
export function pageNumber(c: ApiContext): number {
  return Math.max(1, Number.parseInt(c.req.query("page") ?? "1", 10) || 1);
}

/** Refuses requests without a user agent, which the servers don't even look at. */
export function requireUserAgent(c: ApiContext): void {
  if (!c.req.header("user-agent")) throw refusal(400, "User-Agent header is required");
}

/** The program that sent a request, and the user who signed it, for the audit log. */
export function requestOrigin(c: Context | ApiContext): Origin {
  return { userAgent: c.req.header("user-agent") ?? null, userId: (c as ApiContext).var.identity?.user?.id };
}

/** Tells whether the sender accepts JSON. The sandbox has no other answers. */
export function acceptsJson(c: ApiContext): boolean {
  const accepted = c.req.header("accept");
  return (
    accepted === undefined ||
    accepted.split(",").some((range) => {
      const type = range.split(";")[0]?.trim().toLowerCase() ?? "";
      return ["*/*", "application/*", "application/json", "application/vnd.hex+json"].includes(type);
    })
  );
}
