import { setTimeout as wait } from "node:timers/promises";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { MiddlewareHandler } from "hono";
import type { Registry } from "../registry.ts";

/** A failure or a difference in the next matching requests. */
export interface Fault {
  /** Default: any method. */
  readonly method?: string;
  /** A path as in a URL, without the query; `*` matches any characters. Default: any path. */
  readonly path?: string;
  /** The number of requests that it applies to. Default: 1. */
  readonly times?: number;
  /** Milliseconds to wait before anything else. */
  readonly delayMs?: number;
  /** Close the connection without an answer, before or after the sandbox handles the request. */
  readonly drop?: "before" | "after";
  /** Answer with this status instead of handling the request. */
  readonly status?: number;
  /** The body of that answer. Everything that isn't text becomes JSON. */
  readonly body?: unknown;
  /** The headers of that answer. Without a `status`, they are added to the sandbox's answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The faults that still apply to requests. */
export interface FaultList {
  add(fault: Fault): void;
  /** The remaining faults, each with its remaining number of requests. */
  all(): readonly Fault[];
  clear(): void;
  /** Finds the first fault for a request and counts the use. */
  take(method: string, path: string): Fault | undefined;
}

const fields = ["method", "path", "times", "delayMs", "drop", "status", "body", "headers"];

/** Makes an empty list of faults. */
export function createFaultList(): FaultList {
  let faults: (Fault & { times: number })[] = [];
  return {
    add: (fault) => {
      const unknown = Object.keys(fault).find((name) => !fields.includes(name));
      if (unknown !== undefined)
        throw new TypeError(`unknown field ${JSON.stringify(unknown)} of a fault; use ${fields.join(", ")}`);
      faults.push({ ...fault, times: fault.times ?? 1 });
    },
    all: () => faults,
    clear: () => {
      faults = [];
    },
    take: (method, path) => {
      const found = faults.find((fault) => matches(fault, method, path));
      if (found) {
        found.times -= 1;
        faults = faults.filter((fault) => fault.times > 0);
      }
      return found;
    },
  };
}

function matches(fault: Fault, method: string, path: string): boolean {
  const pattern = (fault.path ?? "*").replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return (fault.method ?? method).toUpperCase() === method && new RegExp(`^${pattern}$`).test(path);
}

/** Applies the faults to requests outside `/sandbox/`, and delays every answer as the settings say. */
export function runIntoFaults(
  registry: Registry,
  faults: FaultList,
): MiddlewareHandler<{ Bindings: HttpBindings }> {
  return async (c, next) => {
    const fault = faults.take(c.req.method, c.req.path);
    const delay = registry.settings.delayMs + (fault?.delayMs ?? 0);
    if (delay > 0) {
      await wait(delay);
    }
    if (fault?.drop === "before") {
      c.env.incoming.socket.destroy();
      return RESPONSE_ALREADY_SENT;
    }
    if (fault?.status !== undefined) {
      const isText = typeof fault.body === "string";
      const type = isText ? "text/plain; charset=utf-8" : `${registry.behavior.jsonType}; charset=utf-8`;
      const body = fault.body === undefined ? null : isText ? String(fault.body) : JSON.stringify(fault.body);
      return new Response(body, {
        status: fault.status,
        headers: { ...(body !== null && { "content-type": type }), ...fault.headers },
      });
    }
    await next();
    if (fault?.drop === "after") {
      c.env.incoming.socket.destroy();
      c.res = RESPONSE_ALREADY_SENT;
      return;
    }
    for (const [name, value] of Object.entries(fault?.headers ?? {})) {
      c.res.headers.set(name, value);
    }
  };
}
