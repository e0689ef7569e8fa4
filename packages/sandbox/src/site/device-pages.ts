import { Hono } from "hono";
import { html } from "hono/html";
import {
  approveDevice,
  clientName,
  type DecisionProblem,
  type DeviceCode,
  decidableDevice,
  denyDevice,
  expandScope,
} from "../store/device-codes.ts";
import type { User } from "../store/users.ts";
import { alert, type Html, readForm, type SiteContext, type SiteEnv, sendPage } from "./page.ts";
import { demandSignIn } from "./sign-in.ts";

/** The reason why the page can't approve a device. Only the page asks for two-factor authentication. */
type PageProblem = DecisionProblem | "two-factor";

const problems: Readonly<Record<PageProblem, string>> = {
  unknown: "No device has this code. Compare it with the code on the device.",
  expired: "This code has expired. Start again on the device.",
  decided: "This code has been used already. Start again on the device.",
  scope: "Choose at least one permission.",
  "two-factor":
    "Changing the account through the API needs two-factor authentication. Turn it on first, or take the permission away.",
};

/** The pages that ask for a device's code and for a decision about its permissions (RFC 8628, section 3.3). */
export function devicePages(): Hono<SiteEnv> {
  const pages = new Hono<SiteEnv>();
  pages.use("/oauth/device", async (c, next) => {
    if (!c.var.registry.behavior.oauth) return c.notFound();
    return demandSignIn(c) ?? next();
  });
  pages.get("/oauth/device", (c) => {
    const code = c.req.query("user_code");
    if (code === undefined) return codePage(c, "");
    const found = decidableDevice(c.var.registry, code);
    return "problem" in found ? codePage(c, code, found.problem) : decisionPage(c, found.device);
  });
  pages.post("/oauth/device", async (c) => {
    const form = await readForm(c);
    const code = form.get("user_code") ?? "";
    const found = decidableDevice(c.var.registry, code);
    if ("problem" in found) return codePage(c, code, found.problem);
    if (form.get("decision") !== "allow") {
      denyDevice(c.var.registry, found.device);
      return sendPage(
        c,
        "Device denied",
        html`<p role="status">You denied the device. You can close this page.</p>`,
      );
    }
    const user = c.var.user as User;
    const granted = form.getAll("scope");
    if (granted.includes("api:write") && user.totp_secret === null)
      return decisionPage(c, found.device, "two-factor");
    const problem = approveDevice(c.var.registry, found.device, user, granted);
    if (problem !== undefined) return decisionPage(c, found.device, problem);
    return sendPage(
      c,
      "Device allowed",
      html`<p role="status">The device is signed in. Go back to it; you can close this page.</p>`,
    );
  });
  return pages;
}

/** Formats a code for display: in two halves. */
function splitCode(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

function codePage(c: SiteContext, code: string, problem?: DecisionProblem): Promise<Response> {
  return sendPage(
    c,
    "Connect a device",
    html`${alert(problem && problems[problem])}
<form method="get" action="/oauth/device">
<label for="user_code">Code that the device shows</label>
<input id="user_code" name="user_code" value="${code}" placeholder="ABCD-EFGH" autocomplete="off" autocapitalize="characters" spellcheck="false" required>
<button>Continue</button>
</form>`,
    problem === undefined ? 200 : 422,
  );
}

function decisionPage(c: SiteContext, device: DeviceCode, problem?: PageProblem): Promise<Response> {
  const user = c.var.user as User;
  const scopes = expandScope(c.var.registry, user, device.scope);
  return sendPage(
    c,
    "Allow this device?",
    html`${alert(problem && problems[problem])}
<p><strong>${clientName(device.client_id)}</strong>${device.name === null ? "" : html` on <strong>${device.name}</strong>`}
wants to use the account of ${user.username}.</p>
<p class="panel">The device must show the code <strong>${splitCode(device.user_code)}</strong>. If it shows another one,
or you did not start this, deny it.</p>
<form method="post" action="/oauth/device">
<input type="hidden" name="user_code" value="${device.user_code}">
<fieldset>
<legend>It may</legend>
${scopes.map(scopeChoice)}
</fieldset>
${
  user.totp_secret === null && scopes.includes("api:write")
    ? html`<p>Changes through the API need two-factor authentication, which your account does not have:
<a href="/dashboard/security">turn it on</a>.</p>`
    : ""
}
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>`,
    problem === undefined ? 200 : 422,
  );
}

function scopeChoice(scope: string): Html {
  return html`<label class="choice"><input type="checkbox" name="scope" value="${scope}" checked> ${describe(scope)} <code>${scope}</code></label>
`;
}

function describe(scope: string): string {
  const [domain, resource] = scope.split(":");
  if (domain === "api") {
    return resource === "read"
      ? "look at your account through the API"
      : "change your account through the API";
  }
  return domain === "repository" ? `fetch from the repository ${resource}` : "use";
}
