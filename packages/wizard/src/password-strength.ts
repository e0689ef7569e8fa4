const worn = [
  ...["password", "passwort", "qwert", "asdf", "zxcv", "letmein", "welcome", "iloveyou", "dragon"],
  ...["monkey", "admin", "secret", "hexpm", "elixir", "erlang", "abc", "123", "321", "111", "000"],
];

/**
 * Tells in words how well a chosen password resists guessing. It's a rough estimate that helps the person. Only the
 * registry refuses passwords.
 *
 * @param personal facts that others know about the person (the username, the address). They don't count.
 */
export function describeStrength(password: string, personal: readonly string[] = []): string {
  const bits = estimateBits(password, personal);
  if (bits < 28) return "Strength: very weak, guessed within minutes. Four words in a row are far better.";
  if (bits < 45) return "Strength: weak. A longer one is safer; four words in a row, for instance.";
  return bits < 65 ? "Strength: fair." : "Strength: strong.";
}

function estimateBits(password: string, personal: readonly string[]): number {
  let rest = password.toLowerCase();
  const known = [...personal.flatMap((text) => text.toLowerCase().split(/[@._+-]/)), ...worn];
  // Longest first, so that a shorter word doesn't break a longer one. Each word counts as one character.
  for (const word of known.filter(({ length }) => length > 2).sort((a, b) => b.length - a.length)) {
    rest = rest.replaceAll(word, "\u0000");
  }
  // A repeated character, or the next one in the alphabet, adds next to nothing.
  const telling = [...rest].filter((character, index, all) => {
    const before = all[index - 1]?.charCodeAt(0);
    return before === undefined || ![0, 1, -1].includes(character.charCodeAt(0) - before);
  });
  const isLong = new Set(telling).size >= 10;
  return telling.length * Math.log2(alphabet(password)) * (isLong ? 1 : 0.85);
}

function alphabet(password: string): number {
  let size = 1;
  if (/[a-z]/.test(password)) size += 20;
  if (/[A-Z]/.test(password)) size += 20;
  if (/[0-9]/.test(password)) size += 10;
  if (/[^a-zA-Z0-9]/.test(password)) size += 15;
  return size;
}
