/**
 * Puts a terminal into raw mode again after a stop. The shell has ended raw mode, but Node doesn't know that, so the
 * terminal would show what the person types.
 */
export function renewRawMode(input: NodeJS.ReadableStream): void {
  const terminal = input as Partial<NodeJS.ReadStream>;
  terminal.setRawMode?.(false);
  terminal.setRawMode?.(true);
}
