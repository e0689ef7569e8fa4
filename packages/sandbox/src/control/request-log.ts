import type { MiddlewareHandler } from "hono";
import { formatTime, type Registry } from "../registry.ts";

/** The maximum number of requests in the log. */
const logLimit = 10_000;

/** A request in the log. It contains no secrets. */
interface LoggedRequest {
  readonly time: string;
  readonly method: string;
  /** Without the query, which can contain the key of a mailed link. */
  readonly path: string;
  /** 0 if the sandbox dropped the connection instead. */
  readonly status: number;
  readonly authorization: "none" | "basic" | "key" | "bearer";
  /** Whether it had a two-factor code. */
  readonly otp: boolean;
  readonly userAgent: string | null;
}

/** The requests, oldest first, and their numbers by method and path. */
export interface RequestReport {
  readonly requests: readonly LoggedRequest[];
  readonly counts: Readonly<Record<string, number>>;
}

/** Remembers requests. */
export interface RequestLog {
  readonly middleware: MiddlewareHandler;
  report(): RequestReport;
  clear(): void;
}

/** Makes an empty log. */
export function createRequestLog(registry: Registry): RequestLog {
  let requests: LoggedRequest[] = [];
  return {
    middleware: async (c, next) => {
      const { method, path } = c.req;
      const entry = {
        time: formatTime(registry.clock.now()),
        method,
        path,
        status: 0,
        authorization: authorizationKind(c.req.header("authorization")),
        otp: c.req.header("x-hex-otp") !== undefined,
        userAgent: c.req.header("user-agent") ?? null,
      };
      requests.push(entry);
      requests = requests.slice(-logLimit);
      await next();
      entry.status = c.res.headers.has("x-hono-already-sent") ? 0 : c.res.status;
    },
    report: () => ({ requests, counts: countByPath(requests) }),
    clear: () => {
      requests = [];
    },
  };
}

function authorizationKind(header: string | undefined): LoggedRequest["authorization"] {
  if (header === undefined) return "none";
  return header.startsWith("Basic ") ? "basic" : header.startsWith("Bearer ") ? "bearer" : "key";
}

function countByPath(requests: readonly LoggedRequest[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method, path } of requests) {
    const name = `${method} ${path}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
