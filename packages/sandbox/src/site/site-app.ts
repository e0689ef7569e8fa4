import { Hono } from "hono";
import type { Registry } from "../registry.ts";
import { allMail } from "../store/mail.ts";
import { refuseForeignPages } from "./foreign-pages.ts";

/** The pages of the site, and the outbox. */
export function createSiteApp(registry: Registry): Hono {
  const app = new Hono();
  app.use(refuseForeignPages);
  app.get("/outbox.json", (c) => c.json(allMail(registry)));
  return app;
}
