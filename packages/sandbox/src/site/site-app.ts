import { Hono } from "hono";
import { html } from "hono/html";
import { requestPath } from "../api/request.ts";
import type { Registry } from "../registry.ts";
import { allMail, type Mail } from "../store/mail.ts";
import { accountPages, passwordPages } from "./account-pages.ts";
import { devicePages } from "./device-pages.ts";
import { type Html, refuseForeignPages, type SiteContext, type SiteEnv, sendPage } from "./page.ts";
import { loginPages, readSession } from "./sign-in.ts";

/** The pages for people, and the outbox. */
export function createSiteApp(registry: Registry): Hono<SiteEnv> {
  const app = new Hono<SiteEnv>({ getPath: requestPath });
  app.use(refuseForeignPages, readSession(registry));
  app.get("/", startPage);
  app.get("/dashboard", (c) => c.redirect("/"));
  app.get("/outbox", (c) => outboxPage(c, allMail(registry)));
  app.get("/outbox.json", (c) => c.json(allMail(registry)));
  for (const pages of [loginPages(), devicePages(), accountPages(), passwordPages()]) {
    app.route("/", pages);
  }
  for (const [path, title] of Object.entries(policies)) {
    app.get(`/policies/${path}`, (c) =>
      sendPage(c, title, html`<p>A real registry shows its text here.</p>`),
    );
  }
  app.notFound((c) => sendNotFound(c));
  return app;
}

const policies = {
  termsofservice: "Terms of service",
  codeofconduct: "Code of conduct",
  privacy: "Privacy policy",
};

/** Answers 404, as JSON if the sender accepts it. */
function sendNotFound(c: SiteContext): Response | Promise<Response> {
  if (c.req.header("accept")?.includes("json")) {
    return c.body(JSON.stringify({ status: 404, message: "Page not found" }), 404, {
      "cache-control": "max-age=0, private, must-revalidate",
      "content-type": `${c.var.registry.behavior.jsonType}; charset=utf-8`,
    });
  }
  return sendPage(c, "Page not found", html`<p><a href="/">Back to the start</a></p>`, 404);
}

function startPage(c: SiteContext): Promise<Response> {
  const { registry, user } = c.var;
  return sendPage(
    c,
    "A local Hex registry",
    html`<p>It behaves as the server <strong>${registry.behavior.name}</strong>. Programs find its API at
<code>${registry.siteUrl}/api</code>: set <code>HEX_API_URL</code> to it.</p>
<ul>
${user ? "" : html`<li><a href="/login">Sign in</a></li>`}
${registry.behavior.oauth ? html`<li><a href="/oauth/device">Connect a device</a></li>` : ""}
<li><a href="/dashboard/security">Two-factor authentication</a></li>
<li><a href="/password/reset">Reset a password</a></li>
<li><a href="/outbox">Outbox</a>: the emails that a real registry would send
(<a href="/outbox.json">as JSON</a>)</li>
</ul>
${user ? html`<form method="post" action="/logout"><button>Sign out</button></form>` : ""}`,
  );
}

function outboxPage(c: SiteContext, mails: readonly Mail[]): Promise<Response> {
  return sendPage(
    c,
    "Outbox",
    mails.length === 0 ? html`<p>The registry has sent no emails.</p>` : html`${mails.map(showMail)}`,
  );
}

function showMail(mail: Mail): Html {
  return html`<article>
<h2>${mail.subject}</h2>
<p>To ${mail.to}, <time datetime="${mail.time}">${mail.time}</time></p>
<pre>${mail.body}</pre>
${mail.links.map((link) => html`<p><a href="${link}">Open the link</a></p>`)}
</article>
`;
}
