import type { Terminal } from "./terminal.ts";

/** The text to type whenever a question appears. */
export interface Reply {
  /** A part of the question. */
  readonly question: string;
  /** The Enter key is added. */
  readonly typed: string;
}

/** What stands before a question that was answered: by a choice, or with typed text. */
export const answeredMarks = ["✔", "•"];

/** Answers questions as they come, until the program ends, and gives its exit code. */
export async function replyUntilEnd(terminal: Terminal, replies: readonly Reply[]): Promise<number> {
  const questions = replies.map(({ question }) => `? ${question}`);
  for (;;) {
    const index = await terminal.expectAny(questions);
    const reply = replies[index];
    if (reply === undefined) return (await terminal.exit()).code;
    terminal.type(`${reply.typed}\r`);
    // The question is written again while it is answered; one of these marks comes when it is done.
    if ((await terminal.expectAny(answeredMarks)) < 0) return (await terminal.exit()).code;
  }
}
