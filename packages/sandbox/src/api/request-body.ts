import { type ApiContext, badRequest, knownDefect, refusal } from "./answer.ts";

/**
 * Reads the fields of a request's body, by its media type. JSON that is no object, and any media type that the
 * servers do not know, has no fields.
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
  if (bytes.byteLength === 0) {
    return {};
  }
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

/** Tells whether a field counts as not given: absent, null, or text without anything but white space. */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "string" && value.trim() === "");
}

/**
 * Checks that the servers' database can hold a text.
 * @throws Refusal (400, or 500 where the generation breaks) for a null byte
 */
export function requireStorable(c: ApiContext, text: string | null): void {
  if (text?.includes("\0")) {
    throw c.var.registry.generation.unstorableTextFails ? knownDefect() : badRequest();
  }
}

/**
 * Checks that a path is percent-encoded UTF-8.
 * @throws Refusal (400, or 500 where the generation breaks) otherwise
 */
export function requireReadablePath(c: ApiContext): void {
  try {
    decodeURIComponent(c.req.path);
  } catch {
    throw c.var.registry.generation.unstorableTextFails ? knownDefect() : badRequest();
  }
}

/** The method of a POST: the field `_method` of its body can override it. */
export function meantMethod(c: ApiContext, fields: Readonly<Record<string, unknown>>): string {
  const named = String(fields._method ?? "").toUpperCase();
  return c.req.method === "POST" && ["PUT", "PATCH", "DELETE"].includes(named) ? named : c.req.method;
}

/**
 * A parameter of the path, decoded.
 * @throws Refusal (400) when it holds a null byte or is no valid percent-encoding
 */
export function pathParameter(c: ApiContext, name: string): string {
  const value = c.req.param(name) ?? "";
  if (value.includes("\0")) {
    throw badRequest();
  }
  return value;
}

/** The number of the page in the query; 1 if the query has no valid number. */
export function pageNumber(c: ApiContext): number {
  return Math.max(1, Number.parseInt(c.req.query("page") ?? "1", 10) || 1);
}

/** Refuses requests that the servers do not even look at: those without a user agent. */
export function requireUserAgent(c: ApiContext): void {
  if (!c.req.header("user-agent")) {
    throw refusal(400, "User-Agent header is required");
  }
}

/** Tells whether the sender takes JSON: the only thing that the sandbox answers with. */
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
