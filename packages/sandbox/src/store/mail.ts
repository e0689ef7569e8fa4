import { formatTime, type Registry } from "../registry.ts";

/** A message that the registry would have sent. */
export interface Mail {
  readonly id: number;
  readonly to: string;
  readonly subject: string;
  readonly body: string;
  /** The links in the body, in their order. */
  readonly links: readonly string[];
  /** ISO 8601. */
  readonly time: string;
}

/**
 * Puts a message into the outbox. The links in it are found by their scheme.
 * @param lines the paragraphs of the body
 */
export function sendMail(registry: Registry, to: string, subject: string, lines: readonly string[]): void {
  const body = `${lines.join("\n\n")}\n`;
  registry.database.run(
    "insert into mails (recipient, subject, body, links, sent_at) values (?, ?, ?, ?, ?)",
    to,
    subject,
    body,
    JSON.stringify(body.match(/https?:\/\/\S+/g) ?? []),
    registry.clock.now(),
  );
}

/** Every message in the outbox, newest first. */
export function allMail(registry: Registry): Mail[] {
  return registry.database
    .all<{ id: number; recipient: string; subject: string; body: string; links: string; sent_at: number }>(
      "select * from mails order by id desc",
    )
    .map((row) => ({
      id: row.id,
      to: row.recipient,
      subject: row.subject,
      body: row.body,
      links: JSON.parse(row.links) as string[],
      time: formatTime(row.sent_at),
    }));
}
