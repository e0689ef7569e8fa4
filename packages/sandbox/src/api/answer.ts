import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Owner, Registry } from "../registry.ts";
import type { Key, Permission } from "../store/keys.ts";
import type { Organization } from "../store/organizations.ts";
import { fingerprint } from "../store/secrets.ts";
import type { Token } from "../store/sessions.ts";
import type { User } from "../store/users.ts";

/** The sender of a request and the kind of its credentials. */
export interface Identity {
  readonly owner: Owner;
  readonly user: User | undefined;
  readonly organization: Organization | undefined;
  /** The API key in the request, if it has one. */
  readonly key?: Key;
  /** The OAuth token in the request, if it has one. */
  readonly token?: Token;
  /** The permissions of the credentials; a password allows everything. */
  readonly permissions: readonly Permission[] | "everything";
}

/** The context of the API's handlers. */
export interface ApiEnv {
  Bindings: HttpBindings;
  Variables: {
    registry: Registry;
    /** The sender of the request; undefined without an `authorization` header. */
    identity: Identity | undefined;
    /** The fields of the body; empty if the body has no readable fields. */
    fields: Readonly<Record<string, unknown>>;
  };
}

/** The context of a request to the API. */
export type ApiContext = Context<ApiEnv>;

const uncached = "max-age=0, private, must-revalidate";
const cached = "private, max-age=60";

/** An answer that ends a request early. A handler throws it and the application sends it. */
export class Refusal extends Error {
  readonly status: ContentfulStatusCode;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: ContentfulStatusCode,
    body: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(`answered with ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** A refusal with the usual body, `{status, message}`. */
export function refusal(
  status: ContentfulStatusCode,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  return new Refusal(status, { status, message }, headers);
}

/** 401, with the server's message. */
export const unauthorized = (message: string) =>
  refusal(401, message, { "www-authenticate": "Basic realm=hex" });

/** 404, for everything that doesn't exist or that the sender may not see. */
export const notFound = () => refusal(404, "Page not found");

/** 400, for unreadable requests. */
export const badRequest = () => refusal(400, "Bad request");

/** 500, for requests at which the real server fails, too. */
export const knownDefect = () => refusal(500, "Internal server error");

/** 422, with a message for each field, nested like the fields. */
export function invalid(errors: Readonly<Record<string, unknown>>): Refusal {
  return new Refusal(422, { status: 422, message: "Validation error(s)", errors });
}

/** Sends JSON in the server's media type. */
export function sendJson(
  c: ApiContext,
  status: ContentfulStatusCode,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return c.body(JSON.stringify(body), status, {
    "cache-control": uncached,
    ...headers,
    "content-type": `${c.var.registry.behavior.jsonType}; charset=utf-8`,
  });
}

/** Sends JSON that a client may cache for a minute. */
export function sendCached(
  c: ApiContext,
  status: ContentfulStatusCode,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return sendJson(c, status, body, { "cache-control": cached, ...headers });
}

/** Sends an answer without a body: 204, or 200 if the protocol requires it. */
export function sendEmpty(c: ApiContext, status: 200 | 204, keep = false): Response {
  return c.body(null, status, {
    "cache-control": keep ? cached : uncached,
    ...(status === 200 && { "content-length": "0" }),
  });
}

/**
 * Sends JSON with an entity tag, or 304 if the sender has this version already.
 * @param version the state on which the answer depends; a different value gives a different tag
 * @param changedAt milliseconds since 1970, if the servers tell it
 */
export function sendTagged(c: ApiContext, body: unknown, version: unknown, changedAt?: number): Response {
  const etag = fingerprint(version);
  const headers = {
    etag,
    ...(changedAt !== undefined && { "last-modified": new Date(changedAt).toUTCString() }),
  };
  if (c.req.header("if-none-match") === etag)
    return c.body(null, 304, { "cache-control": uncached, ...headers });
  return sendCached(c, 200, body, headers);
}

/** Sends 201 for a new resource at a path below the site; see `Behavior.absoluteLocation`. */
export function sendCreated(c: ApiContext, body: unknown, path: string): Response {
  const { behavior, siteUrl } = c.var.registry;
  return sendCached(c, 201, body, { location: behavior.absoluteLocation ? siteUrl + path : path });
}
