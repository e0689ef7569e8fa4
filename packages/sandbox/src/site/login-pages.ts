import { Hono } from "hono";
import { html } from "hono/html";
import { checkCode } from "../store/two-factor.ts";
import { userByPassword } from "../store/users.ts";
import {
  type HalfSignedIn,
  halfSignedIn,
  halfSignIn,
  returnPath,
  signIn,
  signOut,
} from "./browser-session.ts";
import { alert, readForm, type SiteContext, type SiteEnv, sendPage } from "./page.ts";

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
    if (user === undefined) {
      return passwordPage(c, next, username, "The username and the password do not fit together.");
    }
    if (!user.active) {
      return passwordPage(c, next, username, "This account has been deactivated.");
    }
    if (user.email_verified === 0) {
      return passwordPage(c, next, username, "Email has not been verified yet");
    }
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
    if (user === undefined) {
      return c.redirect(`/login?${new URLSearchParams({ return: next })}`);
    }
    switch (checkCode(c.var.registry, user, (form.get("code") ?? "").replaceAll(" ", ""))) {
      case "right":
        signIn(c, user);
        return c.redirect(next);
      case "wrong":
        return codePage(c, next, "The code is wrong. Take the one that your authenticator shows now.");
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
