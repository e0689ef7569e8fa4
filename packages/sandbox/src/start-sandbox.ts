import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { createApiApp } from "./api/api-app.ts";
import type { RequestCounts } from "./api/rate-limit.ts";
import { type Control, createControl } from "./control/control.ts";
import { controlRoutes } from "./control/control-routes.ts";
import { createFaultList, type Fault, runIntoFaults } from "./control/faults.ts";
import { createRequestLog } from "./control/request-log.ts";
import { type GenerationName, generations } from "./generation.ts";
import { createClock, type Registry } from "./registry.ts";
import { requestPath } from "./request-path.ts";
import { checkSettings, defaultSettings, type Settings } from "./settings.ts";
import { createSiteApp } from "./site/site-app.ts";
import { openDatabase } from "./store/database.ts";
import { allMail, type Mail } from "./store/mail.ts";

/** How a sandbox is started. */
export interface SandboxOptions {
  /** As which server it behaves; `current-basic-off`, which is hex.pm today, when not given. */
  readonly generation?: GenerationName;
  /** 0, or not given: a free port. */
  readonly port?: number;
  /** A file for the state; not given, it is kept in memory. */
  readonly data?: string;
  /** Seconds that the clock is ahead. */
  readonly clockOffset?: number;
  /** The source of the time, in milliseconds since 1970. */
  readonly now?: () => number;
  readonly settings?: Partial<Settings>;
  readonly faults?: readonly Fault[];
}

/** A sandbox that runs. */
export interface Sandbox {
  /** The site, without a slash at the end. */
  readonly url: string;
  /** The address of the API, for HEX_API_URL. */
  readonly apiUrl: string;
  readonly control: Control;
  /** The messages in the outbox, the newest first. */
  outbox(): readonly Mail[];
  /** Stops at once and closes open connections. */
  close(): Promise<void>;
}

/**
 * Starts a registry on the loopback address.
 * @throws Error when the port is taken, the data file cannot be opened, or a setting is wrong
 * @example
 * const sandbox = await startSandbox({ generation: "classic-2021" });
 * await sandbox.control.createUser({ username: "alice" });
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const registry: Registry = {
    generation: generations[options.generation ?? "current-basic-off"],
    database: openDatabase(options.data ?? ":memory:"),
    clock: createClock((options.clockOffset ?? 0) * 1000, options.now),
    settings: { ...defaultSettings, ...checkSettings({ ...options.settings }) },
    siteUrl: "",
  };
  const counts: RequestCounts = new Map();
  const faults = createFaultList();
  for (const fault of options.faults ?? []) {
    faults.add(fault);
  }
  const log = createRequestLog(registry);
  const control = createControl(registry, { faults, log, clearCounts: () => counts.clear() });
  const served = new Hono<{ Bindings: HttpBindings }>({ getPath: requestPath });
  served.use(log.middleware, runIntoFaults(registry, faults));
  const api = createApiApp(registry, counts);
  const site = createSiteApp(registry);
  served.all("/api", (c) => api.fetch(c.req.raw, c.env));
  served.all("/api/*", (c) => api.fetch(c.req.raw, c.env));
  served.all("*", (c) => site.fetch(c.req.raw, c.env));
  const controlled = controlRoutes(control);
  const server = createAdaptorServer({
    fetch: (request, env) => {
      const isControl = new URL(request.url).pathname.startsWith("/sandbox/");
      return isControl ? controlled.fetch(request) : served.fetch(request, env as HttpBindings);
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  }).catch((error: unknown) => {
    registry.database.close();
    throw error;
  });
  registry.siteUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: registry.siteUrl,
    apiUrl: `${registry.siteUrl}/api`,
    control,
    outbox: () => allMail(registry),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          registry.database.close();
          resolve();
        });
        if ("closeAllConnections" in server) {
          server.closeAllConnections();
        }
      }),
  };
}
