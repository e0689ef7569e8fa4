/**
 * Puts a terminal into raw mode again after a stop: the shell took it out of that, while Node believes that nothing has
 * changed, and what is typed would be seen.
 */
export function renewRawMode(input: NodeJS.ReadableStream): void {
  const terminal = input as Partial<NodeJS.ReadStream>;
  terminal.setRawMode?.(false);
  terminal.setRawMode?.(true);
}
