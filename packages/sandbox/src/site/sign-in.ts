import { Hono, type MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { html } from "hono/html";
import type { Registry } from "../registry.ts";
import { hashSecret, newUrlSecret } from "../store/secrets.ts";
import { endSession, noteSessionUse, openBrowserSession, sessionByCookie } from "../store/sessions.ts";
import { checkCode } from "../store/two-factor.ts";
import { type User, userById, userByPassword } from "../store/users.ts";
import { alert, readForm, type SiteContext, type SiteEnv, sendPage } from "./page.ts";

/** The time for typing the two-factor code after the password, in milliseconds. */
const codeTime = 10 * 60 * 1000;

/** Users who gave their password but no two-factor code yet, by the hash of their cookie. */
type HalfSignedIn = Map<string, { userId: number; until: number }>;

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
function signIn(c: SiteContext, user: User): void {
  giveCookie(c, "session", openBrowserSession(c.var.registry, user.id));
  deleteCookie(c, cookieName(c.var.registry, "code"), { path: "/" });
}

/** Signs a browser out. */
function signOut(c: SiteContext): void {
  const name = cookieName(c.var.registry, "session");
  const session = sessionByCookie(c.var.registry, getCookie(c, name) ?? "");
  if (session) endSession(c.var.registry, session.id);
  deleteCookie(c, name, { path: "/" });
}

/** Remembers that a browser gave the right password for an account with two-factor authentication. */
function halfSignIn(c: SiteContext, waiting: HalfSignedIn, user: User): void {
  const cookie = newUrlSecret();
  waiting.set(hashSecret(cookie), { userId: user.id, until: c.var.registry.clock.now() + codeTime });
  giveCookie(c, "code", cookie);
}

/** The user whose two-factor code a browser must still give. */
function halfSignedIn(c: SiteContext, waiting: HalfSignedIn): User | undefined {
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
  if (c.var.user) return undefined;
  return c.body("<!doctype html><title>Sign in first</title>", 302, {
    location: `/login?${query}`,
    "cache-control": "max-age=0, private, must-revalidate",
    "content-type": "text/html; charset=utf-8",
  });
}

/** The address to open after the sign-in. It is always a path of this site, whatever the query contains. */
function returnPath(wanted: string | null | undefined): string {
  const here = "http://here.invalid";
  const url = URL.canParse(wanted ?? "/", here) ? new URL(wanted ?? "/", here) : new URL(here);
  return url.origin === here ? url.pathname + url.search : "/";
}

/** The pages for signing in with a password and, if the account uses it, a two-factor code, and for signing out. */
export function loginPages(): Hono<SiteEnv> {
  const waiting: HalfSignedIn = new Map();
  const pages = new Hono<SiteEnv>();
  pages.get("/login", (c) => passwordPage(c, returnPath(c.req.query("return"))));
  pages.post("/login", async (c) => {
    const form = await readForm(c);
    const next = returnPath(form.get("return"));
    const username = form.get("username") ?? "";
    const user = await userByPassword(c.var.registry, username, form.get("password") ?? "");
    if (user === undefined) return passwordPage(c, next, username, "The username or the password is wrong.");
    if (!user.active) return passwordPage(c, next, username, "This account has been deactivated.");
    if (user.email_verified === 0) return passwordPage(c, next, username, "Email has not been verified yet");
    if (user.totp_secret !== null) {
      halfSignIn(c, waiting, user);
      return c.redirect(`/login/two-factor?${new URLSearchParams({ return: next })}`);
    }
    signIn(c, user);
    return c.redirect(next);
  });
  pages.get("/login/two-factor", async (c) =>
    halfSignedIn(c, waiting) ? codePage(c, returnPath(c.req.query("return"))) : c.redirect("/login"),
  );
  pages.post("/login/two-factor", async (c) => {
    const form = await readForm(c);
    const next = returnPath(form.get("return"));
    const user = halfSignedIn(c, waiting);
    if (user === undefined) return c.redirect(`/login?${new URLSearchParams({ return: next })}`);
    switch (checkCode(c.var.registry, user, (form.get("code") ?? "").replaceAll(" ", ""))) {
      case "right":
        signIn(c, user);
        return c.redirect(next);
      case "wrong":
        return codePage(c, next, "The code is wrong. Enter the code that your authenticator shows now.");
      default:
        return codePage(c, next, "Too many wrong codes. Try again in ten minutes.");
    }
  });
  pages.post("/logout", (c) => {
    signOut(c);
    return c.redirect("/");
  });
  return pages;
}

function passwordPage(c: SiteContext, next: string, username = "", problem?: string): Promise<Response> {
  return sendPage(
    c,
    "Sign in",
    html`${alert(problem)}
<form method="post" action="/login">
<input type="hidden" name="return" value="${next}">
<label for="username">Username or email</label>
<input id="username" name="username" value="${username}" autocomplete="username" autocapitalize="none" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>
<p><a href="/password/reset">Forgot the password?</a></p>`,
    problem === undefined ? 200 : 400,
  );
}

function codePage(c: SiteContext, next: string, problem?: string): Promise<Response> {
  return sendPage(
    c,
    "Two-factor authentication",
    html`${alert(problem)}
<form method="post" action="/login/two-factor">
<input type="hidden" name="return" value="${next}">
<label for="code">Code from your authenticator</label>
<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required>
<button>Sign in</button>
</form>`,
    problem === undefined ? 200 : 422,
  );
}
