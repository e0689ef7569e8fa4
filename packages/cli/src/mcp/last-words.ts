/** What is told of a change should the process end in the middle of it. */
export interface LastWords {
  /** Sets the text, in the place of an earlier one. */
  set(text: string): void;
  /** The change has come to its end: nothing is left to tell. */
  withdraw(): void;
}

/**
 * Has a text told when the process ends before the text is withdrawn: a second signal, or the time that is up after the
 * first, leaves no time for anything else.
 *
 * @param tell writes at once, since the process ends afterwards
 */
export function prepareLastWords(tell: (text: string) => void): LastWords {
  let words = "";
  const speak = () => tell(words);
  return {
    set(text) {
      if (words === "") process.once("exit", speak);
      words = text;
    },
    withdraw() {
      process.removeListener("exit", speak);
    },
  };
}
