import { createHash } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import type { Context, MiddlewareHandler } from "hono";
import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Registry } from "../registry.ts";
import type { User } from "../store/users.ts";

/** The context of the site's handlers. */
export interface SiteEnv {
  Bindings: HttpBindings;
  Variables: { registry: Registry; user: User | undefined };
}

/** The context of a request to the site. */
export type SiteContext = Context<SiteEnv>;

/** HTML in which all values are escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

const style = `
:root { color-scheme: light dark; --accent: #5b3fa0; --line: #8888; --panel: #8881; }
@media (prefers-color-scheme: dark) { :root { --accent: #b9a5ef; } }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 42rem; }
header { display: flex; flex-wrap: wrap; gap: 0 1.25rem; align-items: baseline; border-bottom: 1px solid var(--line); padding-bottom: .5rem; }
header strong { margin-right: auto; }
h1 { font-size: 1.6rem; line-height: 1.2; }
a { color: var(--accent); }
label, legend { display: block; font-weight: 600; margin-top: .75rem; }
.choice { font-weight: 400; margin-top: .25rem; }
input:not([type=checkbox]) { font: inherit; width: 100%; padding: .5rem; border: 1px solid var(--line); border-radius: .3rem; }
button { font: inherit; font-weight: 600; margin: 1rem .5rem 0 0; padding: .5rem 1.25rem; border: 2px solid var(--accent); border-radius: .3rem; background: transparent; color: inherit; cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
fieldset { border: 1px solid var(--line); border-radius: .3rem; margin: 1rem 0 0; }
[role=alert], [role=status], article, .panel { background: var(--panel); border-left: 4px solid var(--accent); padding: .5rem 1rem; margin: 1rem 0; }
[role=alert] { border-color: #c33; }
pre, code { overflow-wrap: anywhere; white-space: pre-wrap; font-size: .95em; }
figure { margin: 1rem 0; width: 14rem; max-width: 100%; }
svg { display: block; width: 100%; height: auto; }
`;

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * Sends a page with its title as the heading. It runs no script and loads nothing from elsewhere, and the browser
 * fetches it again before it shows it again.
 */
export async function sendPage(
  c: SiteContext,
  title: string,
  content: Html,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  const { user } = c.var;
  const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Hex sandbox</title>
<style>${raw(style)}</style>
</head>
<body>
<header>
<strong><a href="/">Hex sandbox</a></strong>
<a href="/outbox">Outbox</a>
${user ? html`<span>Signed in as ${user.username}</span>` : html`<a href="/login">Sign in</a>`}
</header>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;
  return c.body(page.toString(), status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy,
    "cache-control": "max-age=0, private, must-revalidate",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
  });
}

/** An error message that a screen reader announces at once; empty without a message. */
export function alert(message: string | undefined): Html {
  return message === undefined ? html`` : html`<p role="alert">${message}</p>`;
}

/** Reads the fields of a form. */
export async function readForm(c: SiteContext): Promise<URLSearchParams> {
  return new URLSearchParams(await c.req.text());
}

/** Names under which a browser on this machine reaches the sandbox. */
const loopbackNames = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Prevents pages of other sites from changing anything here through the browser of the person who runs the sandbox.
 * A browser tells from which page a request comes, and it must be a page of the sandbox. It refuses names that point
 * to this machine but aren't its own (DNS rebinding). Programs send no `Origin` and are accepted.
 */
export const refuseForeignPages: MiddlewareHandler = async (c, next) => {
  const host = c.req.header("host") ?? "";
  const origin = c.req.header("origin");
  const ownName = loopbackNames.includes(host.replace(/:\d+$/, ""));
  const changes = !["GET", "HEAD"].includes(c.req.method);
  const foreign = origin !== undefined && origin !== `http://${host}`;
  if (!ownName || (changes && (foreign || c.req.header("sec-fetch-site") === "cross-site")))
    return c.text("This request comes from another site's page.\n", 403);
  return next();
};
