import { type Context, Hono } from "hono";
import type { Settings } from "../settings.ts";
import { refuseForeignPages } from "../site/browser-session.ts";
import type { Role } from "../store/organizations.ts";
import { ControlError } from "./account-control.ts";
import type { Control } from "./control.ts";
import type { Fault } from "./faults.ts";

/**
 * The control operations over HTTP, in JSON. A mistake gets a 4xx with `{"message"}`. Any body is
 * read as JSON whatever its media type; pages of other sites are kept out.
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
    if (error instanceof ControlError) {
      return c.json({ message: error.message }, error.status);
    }
    const mistaken = error instanceof TypeError || error instanceof SyntaxError;
    return c.json({ message: error.message }, mistaken ? 422 : 500);
  });
  return routes;
}

async function read<Body>(c: Context): Promise<Body> {
  const text = await c.req.text();
  const value: unknown = text === "" ? {} : JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError("the body must be a JSON object");
  }
  return value as Body;
}

function done(c: Context, operation: () => void): Response {
  operation();
  return c.body(null, 204);
}
