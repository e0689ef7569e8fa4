import { Hono } from "hono";
import { html, raw } from "hono/html";
import { renderSVG } from "uqr";
import { requestOrigin } from "../api/request.ts";
import { endKeys, liveKeys } from "../store/keys.ts";
import { checkCode, codeFits, pendingSecret, setTwoFactor, totpAddress } from "../store/two-factor.ts";
import {
  confirmEmail,
  finishPasswordReset,
  startPasswordReset,
  type User,
  userByResetKey,
} from "../store/users.ts";
import { alert, readForm, type SiteContext, type SiteEnv, sendPage } from "./page.ts";
import { demandSignIn } from "./sign-in.ts";

/** The pages that turn two-factor authentication on and off. */
export function accountPages(): Hono<SiteEnv> {
  const pages = new Hono<SiteEnv>();
  pages.use("/dashboard/sessions", async (c, next) =>
    c.var.registry.behavior.oauth ? next() : c.notFound(),
  );
  pages.use("/dashboard/*", async (c, next) => demandSignIn(c) ?? next());
  pages.get("/dashboard/security", (c) =>
    c.var.user?.totp_secret === null ? enablePage(c) : disablePage(c),
  );
  pages.post("/dashboard/security", async (c) => {
    const { registry } = c.var;
    const user = c.var.user as User;
    const code = ((await readForm(c)).get("code") ?? "").replaceAll(" ", "");
    const origin = requestOrigin(c);
    if (user.totp_secret === null) {
      const secret = pendingSecret(registry, user);
      if (!codeFits(registry, user, secret, code))
        return enablePage(c, "The code is wrong. Enter the code that your authenticator shows now.");
      setTwoFactor(registry, user, secret, origin);
      return donePage(c, "Two-factor authentication is on.");
    }
    const check = checkCode(registry, user, code);
    if (check !== "right") {
      const wrong = "The code is wrong. Enter the code that your authenticator shows now.";
      return disablePage(c, check === "wrong" ? wrong : "Too many wrong codes. Try again in ten minutes.");
    }
    setTwoFactor(registry, user, null, origin);
    return donePage(c, "Two-factor authentication is off.");
  });
  return pages;
}

const title = "Two-factor authentication";

function donePage(c: SiteContext, message: string): Promise<Response> {
  return sendPage(c, title, html`<p role="status">${message}</p><p><a href="/">Back to the start</a></p>`);
}

function enablePage(c: SiteContext, problem?: string): Promise<Response> {
  const user = c.var.user as User;
  const secret = pendingSecret(c.var.registry, user);
  const address = totpAddress(user, secret);
  return sendPage(
    c,
    title,
    html`${alert(problem)}
<p>Two-factor authentication is off. To turn it on, scan the QR code with an authenticator, or type the secret into it.</p>
<figure role="img" aria-label="QR code with the secret below">${raw(renderSVG(address, { border: 4 }))}</figure>
<dl><dt>Secret</dt><dd><code id="secret">${secret}</code></dd>
<dt>Address</dt><dd><code>${address}</code></dd></dl>
${codeForm("Turn on")}`,
    problem === undefined ? 200 : 422,
  );
}

function disablePage(c: SiteContext, problem?: string): Promise<Response> {
  return sendPage(
    c,
    title,
    html`${alert(problem)}
<p>Two-factor authentication is on.</p>
${codeForm("Turn off")}`,
    problem === undefined ? 200 : 422,
  );
}

function codeForm(action: string) {
  return html`<form method="post" action="/dashboard/security">
<label for="code">Code that the authenticator shows now</label>
<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required>
<button>${action}</button>
</form>`;
}

/** The pages for a new password and for the links in emails. */
export function passwordPages(): Hono<SiteEnv> {
  const pages = new Hono<SiteEnv>();
  pages.get("/password/reset", askPage);
  pages.post("/password/reset", async (c) => {
    startPasswordReset(c.var.registry, (await readForm(c)).get("username") ?? "", requestOrigin(c));
    return sendPage(
      c,
      "Reset your password",
      html`<p role="status">If this account exists, we have sent it an email with a link. In the sandbox, you find it in the
<a href="/outbox">outbox</a>.</p>`,
    );
  });
  pages.get("/password/new", (c) => choosePage(c, new URLSearchParams(c.req.query())));
  pages.post("/password/new", async (c) => {
    const form = await readForm(c);
    const { registry } = c.var;
    const user = userByResetKey(registry, form.get("username") ?? "", form.get("key") ?? "");
    if (user === undefined) return deadLinkPage(c);
    const password = form.get("password") ?? "";
    const minimum = registry.behavior.passwordMinimum;
    if (password.length < minimum)
      return choosePage(c, form, `The password must have at least ${minimum} characters.`);
    if (password !== form.get("password_confirmation")) return choosePage(c, form, "The passwords differ.");
    await finishPasswordReset(registry, user, password, requestOrigin(c));
    if (form.get("revoke_keys") !== null) {
      const owner = { userId: user.id, organizationId: null };
      endKeys(registry, owner, liveKeys(registry, owner), requestOrigin(c));
    }
    return sendPage(
      c,
      "Password changed",
      html`<p role="status">The account has its new password, and every session has ended.
<a href="/login">Sign in</a></p>`,
    );
  });
  pages.get("/email/verify", (c) => verifyPage(c, new URLSearchParams(c.req.query())));
  pages.post("/email/verify", async (c) => {
    const form = await readForm(c);
    const [username, email, key] = ["username", "email", "key"].map((name) => form.get(name) ?? "");
    if (!confirmEmail(c.var.registry, username ?? "", email ?? "", key ?? "")) return deadLinkPage(c);
    return sendPage(c, "Email confirmed", html`<p role="status">The address ${email} is confirmed.</p>`);
  });
  return pages;
}

function deadLinkPage(c: SiteContext): Promise<Response> {
  return sendPage(
    c,
    "This link doesn't work",
    html`<p role="alert">The link is older than a day, was used already, or is incomplete.</p>`,
    422,
  );
}

function askPage(c: SiteContext): Promise<Response> {
  return sendPage(
    c,
    "Reset your password",
    html`<form method="post" action="/password/reset">
<label for="username">Username or email</label>
<input id="username" name="username" autocomplete="username" autocapitalize="none" required>
<button>Send the message</button>
</form>`,
  );
}

function choosePage(c: SiteContext, fields: URLSearchParams, problem?: string): Promise<Response> {
  const minimum = c.var.registry.behavior.passwordMinimum;
  return sendPage(
    c,
    "Choose a new password",
    html`${alert(problem)}
<form method="post" action="/password/new">
<input type="hidden" name="key" value="${fields.get("key") ?? ""}">
<label for="username">Username</label>
<input id="username" name="username" value="${fields.get("username") ?? ""}" autocomplete="username" readonly>
<label for="password">New password (at least ${minimum} characters)</label>
<input id="password" name="password" type="password" minlength="${minimum}" autocomplete="new-password" required>
<label for="password_confirmation">Repeat the password</label>
<input id="password_confirmation" name="password_confirmation" type="password" autocomplete="new-password" required>
<label class="choice"><input type="checkbox" name="revoke_keys" value="yes"> Revoke all API keys too</label>
<button>Change the password</button>
</form>`,
    problem === undefined ? 200 : 422,
  );
}

function verifyPage(c: SiteContext, query: URLSearchParams): Promise<Response> {
  const hidden = ["username", "email", "key"].map(
    (name) => html`<input type="hidden" name="${name}" value="${query.get(name) ?? ""}">
`,
  );
  return sendPage(
    c,
    "Confirm your email address",
    html`<p>Is ${query.get("email") ?? ""} the address of the account ${query.get("username") ?? ""}?</p>
<form method="post" action="/email/verify">
${hidden}<button>Confirm</button>
</form>`,
  );
}
