import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { createApiApp, type RequestCounts } from "./api/api-app.ts";
import { requestPath } from "./api/request.ts";
import { behaviors, type RegistryKind } from "./behavior.ts";
import { type Control, controlRoutes, createControl } from "./control/control.ts";
import { createFaultList, type Fault, runIntoFaults } from "./control/faults.ts";
import { createRequestLog } from "./control/request-log.ts";
import { checkSettings, createClock, defaultSettings, type Registry, type Settings } from "./registry.ts";
import { createSiteApp } from "./site/site-app.ts";
import { openDatabase } from "./store/database.ts";
import { allMail, type Mail } from "./store/mail.ts";

export { type RegistryKind, registryKinds } from "./behavior.ts";
export type { Control } from "./control/control.ts";

/** Options for the start of a sandbox. */
export interface SandboxOptions {
  /** The registry to imitate. Default: `current-basic-off`, which is hex.pm today. */
  readonly kind?: RegistryKind;
  /** Default: a free port, as with 0. */
  readonly port?: number;
  /** A file for the state. Default: in memory. */
  readonly data?: string;
  /** Seconds by which the clock is ahead. */
  readonly clockOffset?: number;
  /** The source of the time, in milliseconds since 1970. */
  readonly now?: () => number;
  readonly settings?: Partial<Settings>;
  readonly faults?: readonly Fault[];
}

/** A running sandbox. */
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
 * @throws Error if the port is taken, the data file can't be opened, or a setting is wrong
 * @example
 * const sandbox = await startSandbox({ kind: "classic-2021" });
 * await sandbox.control.createUser({ username: "alice" });
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const registry: Registry = {
    behavior: behaviors[options.kind ?? "current-basic-off"],
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
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}
