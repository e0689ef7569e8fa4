import { z } from "zod";
import { accountHolder, type KeyHolder, organizationHolder } from "../account/key-holder.ts";
import { findOwner } from "../account/owner.ts";
import { type SignedRegistry, signedRegistry } from "../account/signed-registry.ts";
import { explainUnreached } from "../account/unreached-organization.ts";
import type { Context } from "../context.ts";
import { fail } from "../failure.ts";
import { listOrganizations } from "../hex-api/accounts.ts";
import { type AuditEntry, auditPageSize, readAuditLog } from "../hex-api/audit-logs.ts";
import { hint } from "../hint.ts";
import { defineOperation } from "../operation.ts";
import { sitePage } from "../registry/site.ts";

/** Pages that one call reads. This also ends a log without an end. */
const mostPages = 1000;

function defineAuditLog(holder: KeyHolder) {
  return defineOperation({
    id: `${holder.prefix}audit_log`,
    mistakenNames: ["audit", "log", "audit list"].map(holder.command),
    summary: `List the changes in ${holder.whose}`,
    description: `Lists the audit log of ${holder.whoseInFull}, with the newest change first. The registry records which program made a change, but not when. Registries of 2021 have no audit log.`,
    examples: [
      { means: "List the changes of keys", input: { ...holder.example, action: "key" } },
      { means: "List the last ten changes", input: { ...holder.example, limit: 10 } },
    ],
    effect: "read",
    input: z.strictObject({
      ...holder.fields,
      action: z
        .string()
        .trim()
        .regex(
          /^[a-z_]+(\.[a-z_]+)*$/,
          "must be an action such as key.generate, or its beginning, such as key",
        )
        .optional()
        .describe(
          "List only this action, such as key.generate, or all actions that begin with it, such as key",
        )
        .meta({ title: "Action" }),
      limit: z
        .int("must be a whole number")
        .min(1, "must be at least 1")
        .max(10_000, "must be at most 10000")
        .default(1000)
        .describe("The most entries to list; by default 1000")
        .meta({ title: "Limit" }),
    }),
    answers: ["localPassword", "adoptCredentials"],
    output: z.strictObject({
      entries: z.array(
        z.strictObject({
          action: z.string(),
          about: z
            .string()
            .nullable()
            .describe("The name of the key, package or other thing that the change is about"),
          userAgent: z.string().nullable().describe("The program that made the change"),
          params: z.record(z.string(), z.unknown()).describe("What the registry tells about the change"),
        }),
      ),
      complete: z.boolean().describe("Whether the log has no more such entries"),
    }),
    show: ({ entries, complete }) => {
      const more = complete
        ? []
        : [hint`The log has more entries. For more of them, give a larger ${{ field: "limit" }}.`];
      if (entries.length === 0) return { notices: ["The log has no such entries.", ...more] };
      const columns = [{ title: "Action" }, { title: "About" }, { title: "Program" }];
      const rows = entries.map(({ action, about, userAgent }) => [action, about, userAgent]);
      return { list: { columns, rows }, notices: more };
    },
    async run({ organization, action, limit }, ctx, answers) {
      const registry = await signedRegistry(ctx, answers, "read");
      const { entries, complete } = await collect(registry, ctx, organization, {
        limit,
        isWanted: (entry) => action === undefined || `${entry.action}.`.startsWith(`${action}.`),
      });
      return {
        entries: entries.map(({ action: done, user_agent: userAgent, params }) => ({
          action: done,
          about: describeParams(params),
          userAgent: userAgent ?? null,
          params,
        })),
        complete,
      };
    },
  });
}

/** Reads page after page, and keeps only the wanted entries. */
async function collect(
  registry: SignedRegistry,
  ctx: Context,
  organization: string | undefined,
  { limit, isWanted }: { readonly limit: number; readonly isWanted: (entry: AuditEntry) => boolean },
): Promise<{ readonly entries: AuditEntry[]; readonly complete: boolean }> {
  const entries: AuditEntry[] = [];
  let owner = organization;
  let before: string | undefined;
  for (let page = 1; page <= mostPages; page += 1) {
    let answer = await readAuditLog(registry.request, page, owner);
    if (page === 1 && answer.value === undefined && [403, 404].includes(answer.status)) {
      owner = await findLog(registry, ctx, organization, answer);
      answer = await readAuditLog(registry.request, page, owner);
    }
    const found = answer.accept(registry.credential.whose);
    // A registry that ignores the page number returns the same page again.
    if (answer.response.body === before && page > 1) return { entries, complete: true };
    before = answer.response.body;
    const wanted = found.filter(isWanted);
    const room = limit - entries.length;
    entries.push(...wanted.slice(0, room));
    if (wanted.length > room) return { entries, complete: false };
    if (found.length < auditPageSize) return { entries, complete: true };
  }
  return { entries, complete: false };
}

/** Finds the organization whose key signs, or fails with the reason why there is no log. */
async function findLog(
  { request, credential: { whose } }: SignedRegistry,
  ctx: Context,
  organization: string | undefined,
  answer: Awaited<ReturnType<typeof readAuditLog>>,
): Promise<string> {
  if (organization === undefined) {
    const owner = await findOwner(request, whose);
    if (typeof owner === "object" && owner.type === "organization") return owner.name;
    throw answer.isMissing ? noLog(ctx) : answer.failure(whose);
  }
  const list = await listOrganizations(request);
  if (answer.isMissing && list.value?.some(({ name }) => name === organization)) throw noLog(ctx);
  throw await explainUnreached(organization, answer.failure(whose), request, whose);
}

function noLog({ registry }: Pick<Context, "registry">) {
  return fail("not_supported", `The registry at ${registry.apiUrl} has no list of changes.`, {
    hint: hint`look at ${sitePage(registry, "/dashboard")}, or ask the registry's operators.`,
  });
}

/** `{package: {name: "plug"}, release: {version: "1.0.0"}}` → `plug 1.0.0` */
function describeParams(params: Readonly<Record<string, unknown>>): string | null {
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? [value] : []);
  const inner = (name: string, field: string) =>
    text((params[name] as Record<string, unknown> | null)?.[field]);
  const subject = [
    ...inner("package", "name"),
    ...inner("release", "version"),
    ...text(params.name),
    ...text(params.email),
    ...inner("new_email", "email"),
  ];
  // Leave out the owner of a key or a session, who is the user anyway.
  const user = params.name === undefined ? inner("user", "username") : [];
  const words = [...subject, ...user, ...text(params.role), ...text(params.level)];
  return words.length === 0 ? null : words.join(" ").slice(0, 500);
}

export const auditLog = defineAuditLog(accountHolder);
export const organizationAuditLog = defineAuditLog(organizationHolder);
