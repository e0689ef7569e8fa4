import { render } from "@inquirer/testing";
import type { Terminal } from "../src/index.ts";
import { createKeyboard } from "../src/keyboard.ts";

/** Puts a question on Inquirer's testing terminal. */
export async function renderQuestion<T>(ask: (terminal: Terminal) => Promise<T>) {
  const prompt = (_config: object, context: { input?: unknown; output?: unknown } = {}) =>
    ask({
      keyboard: createKeyboard(
        () => context.input as NodeJS.ReadableStream,
        () => {},
      ),
      output: context.output as NodeJS.WritableStream,
      status: { show() {}, countDown() {}, resume() {}, hide: () => () => {} },
      signal: new AbortController().signal,
      hasColors: false,
      isPlain: false,
      canGoBack: true,
      hidesCodes: false,
      columns: () => 60,
    });
  const rendered = await render(prompt as Parameters<typeof render>[0], {});
  rendered.answer.catch(() => {});
  return { ...rendered, answer: rendered.answer as Promise<T> };
}
