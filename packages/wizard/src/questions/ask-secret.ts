import { styleText } from "node:util";
import { breakText } from "../screen.ts";
import type { Terminal } from "../terminal.ts";
import { askText } from "./ask-text.ts";
import { asksBack, type Back, back } from "./back.ts";
import { readPlainLine } from "./plain-line.ts";
import { answeredMark, breakQuestion, runQuestion } from "./run-question.ts";

/** A question for a secret, which stays hidden. */
export interface SecretQuestion {
  readonly message: string;
  /** The meaning of Enter alone, which gives `""`. */
  readonly empty?: string | undefined;
  /** It is of no use to anybody within seconds, so the person sees it, unless they hide such codes. */
  readonly isShortLived?: boolean;
  check?(secret: string): true | string;
}

/** Asks for a secret and never draws it. Returns it exactly as it was typed. */
export async function askSecret(
  terminal: Terminal,
  { message, empty, isShortLived = false, check = () => true }: SecretQuestion,
): Promise<string | Back> {
  const offer = empty === undefined ? "" : ` (Enter ${empty})`;
  const validate = (secret: string) => {
    if (secret === "")
      return empty === undefined
        ? `The ${message.charAt(0).toLowerCase()}${message.slice(1)} must not be empty.`
        : true;
    return check(secret);
  };
  if (isShortLived && !terminal.hidesCodes) return askText(terminal, { message, check: validate });
  if (terminal.isPlain) {
    for (;;) {
      const question = `${message}${offer} (hidden):`;
      const typed = (await readPlainLine(terminal, question, { isHidden: true })) ?? "";
      if (asksBack(terminal, typed)) return back;
      const verdict = validate(typed);
      if (verdict === true) return typed;
      terminal.output.write(`Not accepted. ${verdict}\n`);
    }
  }
  const { default: password } = await import("@inquirer/password");
  const maskedText = "(hidden)";
  const config = {
    message: breakQuestion(terminal, `${message}${offer}:`, maskedText),
    mask: false,
    toggleMask: false,
    theme: { prefix: answeredMark, style: { maskedText } },
  };
  // Inquirer's own check would keep a refused secret, hidden, in front of the next one.
  for (;;) {
    const typed = await runQuestion(terminal, (context) => password(config, context));
    if (typeof typed !== "string") return back;
    const verdict = validate(typed);
    if (verdict === true) return typed;
    const complaint = breakText(`> ${verdict}`, terminal.columns()).join("\n");
    terminal.output.write(
      `${terminal.hasColors ? styleText("red", complaint, { validateStream: false }) : complaint}\n`,
    );
  }
}
