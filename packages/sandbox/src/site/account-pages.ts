import { Hono } from "hono";
import { html, raw } from "hono/html";
import { renderSVG } from "uqr";
import { checkCode, codeFits, pendingSecret, setTwoFactor, totpAddress } from "../store/two-factor.ts";
import type { User } from "../store/users.ts";
import { demandSignIn } from "./browser-session.ts";
import { alert, readForm, type SiteContext, type SiteEnv, sendPage } from "./page.ts";

/** Turning two-factor authentication on and off. */
export function accountPages(): Hono<SiteEnv> {
  const pages = new Hono<SiteEnv>();
  pages.use("/dashboard/sessions", async (c, next) =>
    c.var.registry.generation.oauth ? next() : c.notFound(),
  );
  pages.use("/dashboard/*", async (c, next) => demandSignIn(c) ?? next());
  pages.get("/dashboard/security", (c) =>
    c.var.user?.totp_secret === null ? enablePage(c) : disablePage(c),
  );
  pages.post("/dashboard/security", async (c) => {
    const { registry } = c.var;
    const user = c.var.user as User;
    const code = ((await readForm(c)).get("code") ?? "").replaceAll(" ", "");
    const origin = { userAgent: c.req.header("user-agent") ?? null };
    if (user.totp_secret === null) {
      const secret = pendingSecret(registry, user);
      if (!codeFits(registry, user, secret, code)) {
        return enablePage(c, "The code is wrong. Take the one that your authenticator shows now.");
      }
      setTwoFactor(registry, user, secret, origin);
      return donePage(c, "Two-factor authentication is on.");
    }
    const check = checkCode(registry, user, code);
    if (check !== "right") {
      const wrong = "The code is wrong. Take the one that your authenticator shows now.";
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
