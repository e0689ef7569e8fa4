import type { RegistryKind } from "../src/start-sandbox.ts";

/** The noticeable parts of a real server's answer to a request. */
export interface RecordedAnswer {
  readonly title: string;
  readonly method: string;
  readonly path: string;
  /** `key` is an API key, `session` an access token; nothing without. */
  readonly as?: "key" | "session";
  readonly json?: unknown;
  readonly status: number;
  /** Some fields of the body; times and addresses are left out. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Only some servers were asked, or only these answered so. */
  readonly servers?: readonly RegistryKind[];
  /** The preparation at the site, for instance five wrong codes. */
  readonly after?: "five wrong codes";
  /** The key that the request revokes. */
  readonly revoked?: string;
}

const old = ["classic-2021"] as const;
const recent = ["classic-2026", "current-basic-off"] as const;
const notFound = { status: 404, message: "Page not found" };
const badRequest = { status: 400, message: "Bad request" };
const serverError = { status: 500, message: "Internal server error" };
const notAllowed = { status: 401, message: "key not authorized for this action" };
const noTime = {
  status: 422,
  message: "Validation error(s)",
  errors: { revoke_at: "expected type utc_datetime_usec" },
};
const noList = {
  status: 422,
  message: "Validation error(s)",
  errors: { permissions: "expected type list(map)" },
};
const invalidScope = { error: "invalid_scope", error_description: "Invalid scope" };
const uncached = { "cache-control": "max-age=0, private, must-revalidate" };
const cached = { "cache-control": "private, max-age=60" };
const everything = [{ domain: "api", resource: null }];

const makeKey = (
  title: string,
  fields: Readonly<Record<string, unknown>>,
  answer: Pick<RecordedAnswer, "status" | "body" | "headers" | "servers">,
): RecordedAnswer => ({
  title: `a key with ${title}`,
  method: "POST",
  path: "/api/keys",
  as: "key",
  json: { name: "k", permissions: [{ domain: "api", resource: "read" }], ...fields },
  ...answer,
});

const askForDevice = (
  title: string,
  fields: Readonly<Record<string, unknown>>,
  status: number,
  body: unknown,
): RecordedAnswer => ({
  title: `a device code for ${title}`,
  method: "POST",
  path: "/api/oauth/device_authorization",
  json: { client_id: "78ea6566-89fd-481e-a1d6-7d9d78eacca8", scope: "api repositories", ...fields },
  status,
  body,
  servers: recent,
});

const register = (
  title: string,
  fields: Readonly<Record<string, unknown>>,
  answer: Pick<RecordedAnswer, "status" | "body" | "headers" | "servers">,
): RecordedAnswer => ({
  title: `an account with ${title}`,
  method: "POST",
  path: "/api/users",
  json: { username: "newcomer", email: "n@example.com", password: "hunter42x", ...fields },
  ...answer,
});

const show = (
  title: string,
  path: string,
  as: "key" | "session" | undefined,
  answer: Omit<RecordedAnswer, "title" | "method" | "path" | "as">,
): RecordedAnswer => ({ title, method: "GET", path, ...(as && { as }), ...answer });

const invisible = "\u202e";
const names = ["n".repeat(300), " lead", "trail ", "a\nb", "UPPER", "ü", invisible, "a%2Fb", "..", ".", "/"];

/** The rows of the comparison with three real servers in November 2026, and what each of them answered. */
export const recordedAnswers: readonly RecordedAnswer[] = [
  ...names.map((name) =>
    makeKey(`the name ${JSON.stringify(name)}`, { name }, { status: 201, body: { name } }),
  ),
  makeKey("a null byte in its name", { name: "a\0b" }, { status: 400, body: badRequest, servers: recent }),
  makeKey("a null byte in its name", { name: "a\0b" }, { status: 500, body: serverError, servers: old }),
  ...[
    "2027-01-31",
    "10000-01-01T00:00:00Z",
    1893456000,
    "1893456000",
    "tomorrow",
    true,
    "2027-02-30T00:00:00Z",
  ].map((end) =>
    makeKey(
      `the end ${JSON.stringify(end)}`,
      { revoke_at: end },
      { status: 422, body: noTime, servers: recent },
    ),
  ),
  ...[
    ["2027-01-31T00:00:00", "2027-01-31T00:00:00"],
    ["2027-01-31T00:00:00Z", "2027-01-31T00:00:00"],
    ["2027-01-31T00:00:00+02:00", "2027-01-30T22:00:00"],
    ["2027-01-31 00:00:00", "2027-01-31T00:00:00"],
    ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59"],
    ["2027-01-31T00:00:00.123456789Z", "2027-01-31T00:00:00.123"],
  ].map(([end, time]) =>
    makeKey(
      `the end ${end}`,
      { revoke_at: end },
      { status: 201, body: { revoke_at: expectTime(time ?? "") }, servers: recent },
    ),
  ),
  ...["", null].map((end) =>
    makeKey(
      `the end ${JSON.stringify(end)}`,
      { revoke_at: end },
      {
        status: 201,
        body: { name: "k", revoke_at: null },
        headers: { location: "/api/keys/k" },
        servers: recent,
      },
    ),
  ),
  ...[[{ domain: "api", resource: "" }], everything, {}].map((permissions) =>
    makeKey(
      `the permissions ${JSON.stringify(permissions)}`,
      { permissions },
      { status: 201, body: { name: "k", permissions: everything }, headers: cached },
    ),
  ),
  makeKey("[[]] for permissions", { permissions: [[]] }, { status: 500, body: serverError }),
  makeKey("null for permissions", { permissions: null }, { status: 422, body: noList, headers: uncached }),
  ...["%2E%2E", "..", "%2e%2e", "."].map(
    (name): RecordedAnswer => ({
      title: `the key ${name} revoked`,
      method: "DELETE",
      path: `/api/keys/${name}`,
      as: "key",
      revoked: decodeURIComponent(name),
      status: 200,
      body: { name: decodeURIComponent(name), authing_key: false },
    }),
  ),
  ...[recent, old].map(
    (servers): RecordedAnswer => ({
      title: "a path that is no UTF-8",
      method: "DELETE",
      path: "/api/keys/%ff",
      as: "key",
      status: servers === old ? 500 : 400,
      body: servers === old ? serverError : badRequest,
      servers,
    }),
  ),
  ...["/api/users/me/", "/api//users/me"].map((path) =>
    show(`the path ${path}`, path, "key", { status: 200, body: { username: "alice" } }),
  ),
  show("the path in capitals", "/API/users/me", "key", { status: 404, body: notFound, headers: uncached }),
  {
    title: "a method in place of another",
    method: "POST",
    path: "/api/keys/UPPER",
    as: "key",
    json: { _method: "DELETE" },
    revoked: "UPPER",
    status: 200,
    body: { name: "UPPER" },
  },
  ...["foo", "acme"].map((resource) =>
    show(`access to the API of ${resource}`, `/api/auth?domain=api&resource=${resource}`, "session", {
      status: 401,
      body: notAllowed,
      headers: { "www-authenticate": "Basic realm=hex" },
      servers: recent,
    }),
  ),
  ...["", "&resource=foo", "&resource=read"].map((resource) =>
    show(`access of a session to packages${resource}`, `/api/auth?domain=package${resource}`, "session", {
      status: 500,
      body: serverError,
      servers: recent,
    }),
  ),
  ...["repository:acme", "repository:nope", "package:foo"].map((scope) =>
    askForDevice(`the scope ${scope}`, { scope }, 400, invalidScope),
  ),
  ...["api", "api:read", "api:write", "repositories"].map((scope) =>
    askForDevice(`the scope ${scope}`, { scope }, 200, { expires_in: 600, interval: 5 }),
  ),
  askForDevice("a name with a null byte", { name: "a\0b" }, 400, badRequest),
  {
    title: "an authorization code",
    method: "POST",
    path: "/api/oauth/token",
    json: { grant_type: "authorization_code", client_id: "78ea6566-89fd-481e-a1d6-7d9d78eacca8", code: "x" },
    status: 400,
    body: { error: "invalid_grant", error_description: "Invalid authorization code" },
    servers: recent,
  },
  register("a line end after its name", { username: "abc\n" }, { status: 201, body: { username: "abc\n" } }),
  register("a blank password", { username: "blank", password: "        " }, { status: 201, servers: recent }),
  register(
    "a very long address",
    { username: "lengthy", email: `a@b.c.d${"e".repeat(300)}` },
    { status: 500, body: serverError },
  ),
  register(
    "two addresses",
    { username: "twice", emails: [{ email: "q@e.com" }] },
    { status: 201, body: { email: "q@e.com" }, servers: recent },
  ),
  show("the user of an organization", "/api/users/acme", undefined, {
    status: 200,
    body: { username: "acme", packages: [], full_name: null },
    headers: cached,
    servers: recent,
  }),
  show("the packages of an account", "/api/users/me", "key", {
    status: 200,
    body: {
      packages: [{ name: "foo", repository: "hexpm" }],
      organizations: [{ name: "acme", role: "admin" }],
    },
    servers: recent,
  }),
  show("the audit log", "/api/users/me/audit-logs?page=0", "session", {
    status: 200,
    headers: uncached,
    servers: recent,
  }),
  show("the audit log", "/api/users/me/audit-logs", "key", { status: 404, body: notFound, servers: old }),
  show("the audit log of an organization", "/api/orgs/acme/audit-logs", "session", {
    status: 200,
    headers: uncached,
    servers: recent,
  }),
  show("the repositories", "/api/repos", "session", {
    status: 200,
    body: [{ name: "hexpm", inserted_at: null, updated_at: null }, { name: "acme" }],
    headers: cached,
    servers: recent,
  }),
  show("a repository", "/api/repos/acme", "session", {
    status: 200,
    body: { name: "acme" },
    headers: cached,
    servers: recent,
  }),
  {
    title: "the right code",
    method: "POST",
    path: "/api/keys",
    as: "session",
    after: "five wrong codes",
    json: { name: "o" },
    status: 201,
    servers: recent,
  },
  ...["/oauth/device", "/dashboard/security", "/dashboard/keys", "/dashboard/sessions"].map((path) =>
    show(`the page ${path}`, path, undefined, {
      status: 302,
      headers: { ...uncached, "content-type": "text/html; charset=utf-8" },
      servers: recent,
    }),
  ),
  ...["/oauth/device", "/dashboard/sessions"].map((path) =>
    show(`the page ${path}`, path, undefined, { status: 404, headers: uncached, servers: old }),
  ),
  ...["/password/reset", "/login", "/policies/termsofservice"].map((path) =>
    show(`the page ${path}`, path, undefined, { status: 200, headers: uncached }),
  ),
];

/** A time as the servers write it, whose fraction they may have more of. */
function expectTime(start: string): { readonly startsWith: string } {
  return { startsWith: start };
}
