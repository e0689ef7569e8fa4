import type { MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Registry } from "../registry.ts";
import { hashSecret, newUrlSecret } from "../store/secrets.ts";
import { endSession, noteSessionUse, openBrowserSession, sessionByCookie } from "../store/sessions.ts";
import { type User, userById } from "../store/users.ts";
import type { SiteContext, SiteEnv } from "./page.ts";

/** How long someone can take to type in the one-time code after the password, in milliseconds. */
const codeTime = 10 * 60 * 1000;

/** Users who gave their password but no two-factor code yet, by the hash of their cookie. */
export type HalfSignedIn = Map<string, { userId: number; until: number }>;

/** The cookie is named for the port, because browsers share cookies among the ports of a host. */
function cookieName({ siteUrl }: Registry, kind: "session" | "code"): string {
  return `hexuser_sandbox_${new URL(siteUrl).port}_${kind}`;
}

function giveCookie(c: SiteContext, kind: "session" | "code", value: string): void {
  setCookie(c, cookieName(c.var.registry, kind), value, { httpOnly: true, sameSite: "Lax", path: "/" });
}

/** Puts the registry and the signed-in user into the context. */
export function readSession(registry: Registry): MiddlewareHandler<SiteEnv> {
  return async (c, next) => {
    c.set("registry", registry);
    const cookie = getCookie(c, cookieName(registry, "session"));
    const session = cookie === undefined ? undefined : sessionByCookie(registry, cookie);
    const user = session && userById(registry, session.user_id ?? 0);
    if (session && user?.active === 1) {
      noteSessionUse(registry, session.id);
      c.set("user", user);
    }
    return next();
  };
}

/** Signs a browser in. */
export function signIn(c: SiteContext, user: User): void {
  giveCookie(c, "session", openBrowserSession(c.var.registry, user.id));
  deleteCookie(c, cookieName(c.var.registry, "code"), { path: "/" });
}

/** Signs a browser out. */
export function signOut(c: SiteContext): void {
  const name = cookieName(c.var.registry, "session");
  const session = sessionByCookie(c.var.registry, getCookie(c, name) ?? "");
  if (session) {
    endSession(c.var.registry, session.id);
  }
  deleteCookie(c, name, { path: "/" });
}

/** Remembers that a browser gave the right password for an account that wants a one-time code too. */
export function halfSignIn(c: SiteContext, waiting: HalfSignedIn, user: User): void {
  const cookie = newUrlSecret();
  waiting.set(hashSecret(cookie), { userId: user.id, until: c.var.registry.clock.now() + codeTime });
  giveCookie(c, "code", cookie);
}

/** Whose one-time code a browser owes. */
export function halfSignedIn(c: SiteContext, waiting: HalfSignedIn): User | undefined {
  const cookie = getCookie(c, cookieName(c.var.registry, "code"));
  const entry = cookie === undefined ? undefined : waiting.get(hashSecret(cookie));
  const inTime = entry !== undefined && entry.until > c.var.registry.clock.now();
  return inTime ? userById(c.var.registry, entry.userId) : undefined;
}

/**
 * Redirects to the sign-in page and back if nobody is signed in.
 * @returns the answer to send, or undefined if somebody is signed in
 */
export function demandSignIn(c: SiteContext): Response | undefined {
  const { pathname, search } = new URL(c.req.url);
  const query = new URLSearchParams({ return: pathname + search });
  if (c.var.user) {
    return undefined;
  }
  return c.body("<!doctype html><title>Sign in first</title>", 302, {
    location: `/login?${query}`,
    "cache-control": "max-age=0, private, must-revalidate",
    "content-type": "text/html; charset=utf-8",
  });
}

/** The address after signing in. It is always a path of this site, whatever the query says. */
export function returnPath(wanted: string | null | undefined): string {
  const here = "http://here.invalid";
  const url = URL.canParse(wanted ?? "/", here) ? new URL(wanted ?? "/", here) : new URL(here);
  return url.origin === here ? url.pathname + url.search : "/";
}

/** Names under which a browser on this machine reaches the sandbox. */
const loopbackNames = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Keeps pages of other sites from changing anything here through the browser of the person who runs the sandbox:
 * a request that a browser sends says where its page is from, and that must be here; and a name that points to
 * this machine but is not one of its own (DNS rebinding) is not served. Programs send no `Origin`, and pass.
 */
export const refuseForeignPages: MiddlewareHandler = async (c, next) => {
  const host = c.req.header("host") ?? "";
  const origin = c.req.header("origin");
  const ownName = loopbackNames.includes(host.replace(/:\d+$/, ""));
  const changes = !["GET", "HEAD"].includes(c.req.method);
  const foreign = origin !== undefined && origin !== `http://${host}`;
  if (!ownName || (changes && (foreign || c.req.header("sec-fetch-site") === "cross-site"))) {
    return c.text("This request comes from another site's page.\n", 403);
  }
  return next();
};
