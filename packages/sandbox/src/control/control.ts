import { type Context, Hono } from "hono";
import { checkSettings, formatTime, type Registry, type Settings } from "../registry.ts";
import { refuseForeignPages } from "../site/page.ts";
import type { Role } from "../store/organizations.ts";
import { type AccountControl, ControlError, createAccountControl } from "./account-control.ts";
import type { Fault, FaultList } from "./faults.ts";
import { createOauthControl, type OauthControl } from "./oauth-control.ts";
import { createOrganizationControl, type OrganizationControl } from "./organization-control.ts";
import type { RequestLog, RequestReport } from "./request-log.ts";

/** The functions with which tests control a sandbox from outside the tested API. */
export interface Control extends AccountControl, OrganizationControl, OauthControl {
  /** The sandbox's time (ISO 8601), and the seconds by which it is ahead of its source. */
  clock(): { now: string; offset: number };
  /** Moves the clock by a number of seconds, or sets the offset. */
  moveClock(change: { advance?: number; offset?: number }): { now: string; offset: number };
  settings(): Settings;
  /** Changes some of the settings, from now on. */
  changeSettings(change: Partial<Settings>): Settings;
  addFault(fault: Fault): readonly Fault[];
  faults(): readonly Fault[];
  clearFaults(): void;
  requests(): RequestReport;
  clearRequests(): void;
  clearOutbox(): void;
  /** Removes accounts, mail, faults and the log, and resets the clock and the settings to those at the start. */
  reset(): void;
}

/** Makes the control operations of one sandbox. */
export function createControl(
  registry: Registry,
  parts: { faults: FaultList; log: RequestLog; clearCounts(): void },
): Control {
  const { faults, log } = parts;
  const { clock, settings } = registry;
  const start = { settings: { ...settings }, offset: clock.offset };
  const readClock = () => ({ now: formatTime(clock.now()), offset: clock.offset / 1000 });
  return {
    ...createAccountControl(registry),
    ...createOrganizationControl(registry),
    ...createOauthControl(registry),
    clock: readClock,
    moveClock: ({ advance, offset }) => {
      for (const seconds of [advance, offset]) {
        if (seconds !== undefined && !Number.isFinite(seconds))
          throw new ControlError(422, "give a number of seconds");
      }
      clock.offset = (offset === undefined ? clock.offset : offset * 1000) + (advance ?? 0) * 1000;
      return readClock();
    },
    settings: () => ({ ...settings }),
    changeSettings: (change) => ({
      ...Object.assign(settings, checkSettings(change as Record<string, unknown>)),
    }),
    addFault: (fault) => {
      faults.add(fault);
      return faults.all();
    },
    faults: () => faults.all(),
    clearFaults: () => faults.clear(),
    requests: () => log.report(),
    clearRequests: () => log.clear(),
    clearOutbox: () => {
      registry.database.run("delete from mails");
    },
    reset: () => {
      registry.database.clear();
      Object.assign(settings, start.settings);
      clock.offset = start.offset;
      faults.clear();
      log.clear();
      parts.clearCounts();
    },
  };
}

/**
 * Serves the control operations over HTTP, in JSON. A mistake gets a 4xx with `{"message"}`. It reads every body as
 * JSON, whatever its media type, and refuses pages of other sites.
 */
export function controlRoutes(control: Control): Hono {
  const routes = new Hono().basePath("/sandbox");
  routes.use(refuseForeignPages);
  routes.post("/users", async (c) => c.json(await control.createUser(await read(c)), 201));
  routes.get("/users/:name", (c) => c.json(control.user(c.req.param("name"))));
  routes.patch("/users/:name", async (c) =>
    c.json(await control.changeUser(c.req.param("name"), await read(c))),
  );
  routes.post("/users/:name/deactivate", async (c) =>
    c.json(await control.changeUser(c.req.param("name"), { active: false })),
  );
  routes.get("/users/:name/totp", (c) =>
    c.json(control.totpCode(c.req.param("name"), Number(c.req.query("step") ?? 0))),
  );
  routes.post("/keys", async (c) => c.json(control.createKey(await read(c)), 201));
  routes.post("/packages", async (c) => c.json(control.createPackage(await read(c)), 201));
  routes.post("/audit-logs", async (c) => c.json(control.createAuditEntries(await read(c)), 201));
  routes.post("/organizations", async (c) => c.json(control.createOrganization(await read(c)), 201));
  routes.get("/organizations/:name", (c) => c.json(control.organization(c.req.param("name"))));
  routes.patch("/organizations/:name", async (c) =>
    c.json(control.changeOrganization(c.req.param("name"), await read(c))),
  );
  routes.put("/organizations/:name/members/:username", async (c) => {
    const { role } = await read<{ role?: Role }>(c);
    return c.json(control.setMember(c.req.param("name"), c.req.param("username"), role));
  });
  routes.delete("/organizations/:name/members/:username", (c) =>
    done(c, () => control.removeMember(c.req.param("name"), c.req.param("username"))),
  );
  routes.get("/devices/:code", (c) => c.json(control.device(c.req.param("code"))));
  routes.post("/devices/:code/approve", async (c) =>
    c.json(control.approveDevice(c.req.param("code"), await read(c))),
  );
  routes.post("/devices/:code/deny", (c) => c.json(control.denyDevice(c.req.param("code"))));
  routes.post("/devices/:code/expire", (c) => c.json(control.expireDevice(c.req.param("code"))));
  routes.post("/sessions", async (c) => c.json(control.openSession(await read(c)), 201));
  routes.get("/clock", (c) => c.json(control.clock()));
  routes.post("/clock", async (c) => c.json(control.moveClock(await read(c))));
  routes.get("/settings", (c) => c.json(control.settings()));
  routes.patch("/settings", async (c) => c.json(control.changeSettings(await read<Partial<Settings>>(c))));
  routes.get("/faults", (c) => c.json(control.faults()));
  routes.post("/faults", async (c) => c.json(control.addFault(await read<Fault>(c)), 201));
  routes.delete("/faults", (c) => done(c, control.clearFaults));
  routes.get("/requests", (c) => c.json(control.requests()));
  routes.delete("/requests", (c) => done(c, control.clearRequests));
  routes.delete("/outbox", (c) => done(c, control.clearOutbox));
  routes.post("/reset", (c) => done(c, control.reset));
  routes.notFound((c) => c.json({ message: "unknown control operation; see the README" }, 404));
  routes.onError((error, c) => {
    if (error instanceof ControlError) return c.json({ message: error.message }, error.status);
    const mistaken = error instanceof TypeError || error instanceof SyntaxError;
    return c.json({ message: error.message }, mistaken ? 422 : 500);
  });
  return routes;
}

async function read<Body>(c: Context): Promise<Body> {
  const text = await c.req.text();
  const value: unknown = text === "" ? {} : JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TypeError("the body must be a JSON object");
  return value as Body;
}

function done(c: Context, operation: () => void): Response {
  operation();
  return c.body(null, 204);
}
