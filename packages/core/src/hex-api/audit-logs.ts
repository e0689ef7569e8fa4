import { z } from "zod";
import { lazily } from "../lazily.ts";
import type { Send } from "../registry/registry-request.ts";
import { Answer, json } from "./answer.ts";
import { boundedText } from "./key-record.ts";
import { pathSegment } from "./path-segment.ts";

/** Entries on a page of the registry. A shorter page is the last one. */
export const auditPageSize = 100;

/** An entry. Registries don't tell its time. The content of `params` depends on the action. */
const auditEntry = lazily(() =>
  z.object({
    action: boundedText(200),
    user_agent: boundedText(1000).nullish().catch(null),
    params: z.record(z.string(), z.unknown()).catch({}),
  }),
);

export type AuditEntry = z.output<ReturnType<typeof auditEntry>>;

/**
 * `GET /users/me/audit-logs` or `GET /orgs/ORGANIZATION/audit-logs`: reads a page, the newest entries first. Registries of
 * 2021 don't have it.
 *
 * @param page counts from 1
 */
export async function readAuditLog(
  send: Send,
  page: number,
  organization?: string,
): Promise<Answer<AuditEntry[]>> {
  const path =
    organization === undefined
      ? `/users/me/audit-logs?page=${page}`
      : `/orgs/${pathSegment(organization)}/audit-logs?page=${page}`;
  return new Answer(await send({ method: "GET", path }), json(z.array(auditEntry())));
}
