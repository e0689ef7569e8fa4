import { Hono } from "hono";
import { formatTime } from "../registry.ts";
import { auditEntries } from "../store/audit-log.ts";
import {
  findOrganization,
  type Membership,
  type Organization,
  organizationsOf,
  packagesOf,
} from "../store/organizations.ts";
import { addUser, emailInUse, findUser, startPasswordReset, type User } from "../store/users.ts";
import {
  type ApiContext,
  type ApiEnv,
  invalid,
  knownDefect,
  notFound,
  sendCreated,
  sendEmpty,
  sendJson,
  sendTagged,
} from "./answer.ts";
import { authorize } from "./authorization.ts";
import { isEmpty, isRecord, pageNumber, pathParameter, requestOrigin, requireStorable } from "./request.ts";

/** The maximum length of an email address in the database. */
const columnLimit = 255;

const reservedNames = ["me", "hex", "hexpm", "elixir", "erlang", "otp"];

/** `/users`: registration, accounts, and the reset of passwords. */
export function userRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.post("/users", createUser);
  routes.get("/users/me", (c) => {
    const { user } = authorize(c, { domain: "api", resource: "read" });
    if (user === undefined) throw notFound();
    return sendUser(c, user, organizationsOf(c.var.registry, user.id));
  });
  routes.get("/users/me/audit-logs", (c) => {
    if (!c.var.registry.behavior.auditLogs) throw notFound();
    const { user } = authorize(c, { domain: "api", resource: "read" });
    if (user === undefined) throw notFound();
    return sendJson(c, 200, auditEntries(c.var.registry, { userId: user.id }, pageNumber(c)));
  });
  routes.get("/users/:name", (c) => {
    const name = pathParameter(c, "name");
    const user = findUser(c.var.registry, name);
    const organization = findOrganization(c.var.registry, name);
    if (organization !== undefined) return sendOrganization(c, organization);
    if (user === undefined) throw notFound();
    return sendUser(c, user);
  });
  routes.post("/users/:name/reset", (c) => {
    if (!c.var.registry.behavior.resetEndpoint) throw notFound();
    startPasswordReset(c.var.registry, pathParameter(c, "name"), requestOrigin(c));
    return sendEmpty(c, 204, true);
  });
  return routes;
}

function sendUser(c: ApiContext, user: User, memberships?: readonly Membership[]): Response {
  const listed = memberships?.map(({ name, role }) => ({ name, role }));
  // Only members see the packages of an organization.
  const packages = packagesOf(c.var.registry, user.id)
    .filter(({ repository }) => repository === "hexpm" || listed !== undefined)
    .map((one) => showPackage(c, one));
  const body = {
    ...showUser(c, user),
    packages,
    owned_packages: Object.fromEntries(packages.map(({ name, url }) => [name, url])),
    ...(listed && { organizations: listed }),
  };
  const tagged = [user.id, user.updated_at, user.email_verified, listed ?? [], packages];
  return sendTagged(c, body, tagged, user.updated_at);
}

function showPackage(c: ApiContext, { repository, name }: { repository: string; name: string }) {
  const { siteUrl } = c.var.registry;
  const isPublic = repository === "hexpm";
  return {
    name,
    repository,
    url: `${siteUrl}/api/${isPublic ? "" : `repos/${repository}/`}packages/${name}`,
    html_url: `${siteUrl}/packages/${isPublic ? "" : `${repository}/`}${name}`,
  };
}

/** Shows an organization as the servers do: as a user without an email address. */
function sendOrganization(c: ApiContext, organization: Organization): Response {
  const { name, inserted_at: insertedAt, updated_at: updatedAt } = organization;
  const body = {
    username: name,
    full_name: null,
    handles: {},
    url: userUrl(c, name),
    inserted_at: formatTime(insertedAt),
    updated_at: formatTime(updatedAt),
    packages: [],
    owned_packages: {},
  };
  return sendTagged(c, body, body, updatedAt);
}

function userUrl(c: ApiContext, name: string): string {
  return `${c.var.registry.siteUrl}/api/users/${encodeURIComponent(name)}`;
}

/** An account as the API shows it everywhere. */
function showUser(c: ApiContext, user: User): Record<string, unknown> {
  return {
    username: user.username,
    full_name: user.full_name,
    email: user.email,
    handles: {},
    url: userUrl(c, user.username),
    inserted_at: formatTime(user.inserted_at),
    updated_at: formatTime(user.updated_at),
  };
}

async function createUser(c: ApiContext): Promise<Response> {
  const { registry, fields } = c.var;
  const emails = Array.isArray(fields.emails) ? fields.emails.filter(isRecord) : [];
  const email = emails.length > 0 ? emails[0]?.email : fields.email;
  const username = typeof fields.username === "string" ? fields.username.toLowerCase() : fields.username;
  const { passwordMinimum, passwordRequired } = registry.behavior;
  const emailError = email === undefined && emails.length === 0 ? "can't be blank" : checkEmail(c, email);
  const errors = {
    ...checkField("username", username, usernameRule),
    ...checkField("full_name", fields.full_name ?? "-", () => undefined),
    ...checkField(
      "password",
      isEmpty(fields.password) && !passwordRequired ? "-".repeat(passwordMinimum) : fields.password,
      (text) =>
        text.length < passwordMinimum ? `should be at least ${passwordMinimum} character(s)` : undefined,
    ),
    ...(emailError !== undefined && { emails: emailError }),
  };
  if (Object.keys(errors).length > 0) throw invalid(errors);
  if (findUser(registry, String(username))?.username === username)
    throw invalid({ username: "has already been taken" });
  for (const text of [String(email), (fields.full_name as string | undefined) ?? null]) {
    requireStorable(c, text);
  }
  if (String(email).length > columnLimit) throw knownDefect();
  const user = await addUser(
    registry,
    {
      username: String(username),
      fullName: (fields.full_name as string | undefined) ?? null,
      email: String(email).toLowerCase(),
      password: isEmpty(fields.password) ? null : String(fields.password),
      confirmed: !registry.settings.confirmEmails,
    },
    requestOrigin(c),
  );
  return sendCreated(c, showUser(c, user), `/api/users/${encodeURIComponent(user.username)}`);
}

function checkEmail(c: ApiContext, email: unknown): Record<string, string> | undefined {
  const error = checkField("email", email, (text) => {
    if (!/^.+@.+\..+$/.test(text)) return "has invalid format";
    return emailInUse(c.var.registry, text.toLowerCase()) ? "already in use" : undefined;
  });
  return Object.keys(error).length > 0 ? error : undefined;
}

function usernameRule(name: string): string | undefined {
  // The servers allow a line feed after the name.
  if (!/^[a-z0-9_.-]+\n?$/.test(name)) return "has invalid format";
  if (name.length < 3) return "should be at least 3 character(s)";
  return reservedNames.includes(name) ? "is reserved" : undefined;
}

/**
 * Checks that a field is text and isn't blank.
 * @param rule returns the message for a wrong text, or undefined
 * @returns an object that is empty, or contains the name of the field with its message
 */
export function checkField(
  name: string,
  value: unknown,
  rule: (text: string) => string | undefined,
): Record<string, string> {
  if (isEmpty(value)) return { [name]: "can't be blank" };
  const error = typeof value === "string" ? rule(value) : "expected type string";
  return error === undefined ? {} : { [name]: error };
}
