import type { Terminal } from "./terminal.ts";

/** The text to type whenever a question appears. */
export interface Reply {
  /** A part of the question. */
  readonly question: string;
  /** The Enter key is added. */
  readonly typed: string;
}

/** The mark before an answered question: after a choice, or after typed text. */
export const answeredMarks = ["✔", "•"];

/** Answers questions until the program ends, and returns its exit code. */
export async function replyUntilEnd(terminal: Terminal, replies: readonly Reply[]): Promise<number> {
  const questions = replies.map(({ question }) => `? ${question}`);
  for (;;) {
    const index = await terminal.expectAny(questions);
    const reply = replies[index];
    if (reply === undefined) return (await terminal.exit()).code;
    terminal.type(`${reply.typed}\r`);
    // The question is written again while it is answered. One of these marks appears at the end.
    if ((await terminal.expectAny(answeredMarks)) < 0) return (await terminal.exit()).code;
  }
}
