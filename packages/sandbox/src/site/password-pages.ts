import { Hono } from "hono";
import { html } from "hono/html";
import { endKeys, liveKeys } from "../store/keys.ts";
import { confirmEmail, finishPasswordReset, startPasswordReset, userByResetKey } from "../store/users.ts";
import { alert, readForm, type SiteContext, type SiteEnv, sendPage } from "./page.ts";

/** The pages for a new password and for the links in emails. */
export function passwordPages(): Hono<SiteEnv> {
  const pages = new Hono<SiteEnv>();
  pages.get("/password/reset", askPage);
  pages.post("/password/reset", async (c) => {
    startPasswordReset(c.var.registry, (await readForm(c)).get("username") ?? "", requestOrigin(c));
    return sendPage(
      c,
      "Reset your password",
      html`<p role="status">If this account exists, we have sent it an email with a link. Here, you find it in the
<a href="/outbox">outbox</a>.</p>`,
    );
  });
  pages.get("/password/new", (c) => choosePage(c, new URLSearchParams(c.req.query())));
  pages.post("/password/new", async (c) => {
    const form = await readForm(c);
    const { registry } = c.var;
    const user = userByResetKey(registry, form.get("username") ?? "", form.get("key") ?? "");
    if (user === undefined) {
      return deadLinkPage(c);
    }
    const password = form.get("password") ?? "";
    const minimum = registry.generation.passwordMinimum;
    if (password.length < minimum) {
      return choosePage(c, form, `The password must have at least ${minimum} characters.`);
    }
    if (password !== form.get("password_confirmation")) {
      return choosePage(c, form, "The two passwords are not the same.");
    }
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
    if (!confirmEmail(c.var.registry, username ?? "", email ?? "", key ?? "")) {
      return deadLinkPage(c);
    }
    return sendPage(c, "Email confirmed", html`<p role="status">The address ${email} is confirmed.</p>`);
  });
  return pages;
}

function requestOrigin(c: SiteContext) {
  return { userAgent: c.req.header("user-agent") ?? null };
}

function deadLinkPage(c: SiteContext): Promise<Response> {
  return sendPage(
    c,
    "This link is of no use",
    html`<p role="alert">It is older than a day, has been used, or is not complete.</p>`,
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
  const minimum = c.var.registry.generation.passwordMinimum;
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
<label for="password_confirmation">The same again</label>
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
