type Environment = Readonly<Record<string, string | undefined>>;

const address = /https?:\/\/[!-~]+/g;
/** What may follow an address in a sentence, and doesn't belong to it. */
const afterwards = /[.,:;!?)\]}>'"`\\]+$/;

/** Makes links of the addresses in a text, as terminals understand them (OSC 8). */
export function linkAddresses(text: string): string {
  return text.replaceAll(address, (match) => {
    const url = match.replace(afterwards, "");
    return `\u001b]8;;${url}\u001b\\${url}\u001b]8;;\u001b\\${match.slice(url.length)}`;
  });
}

/** Programs that name themselves in `TERM_PROGRAM`, and terminals in `TERM`. */
const programs = ["WezTerm", "vscode", "ghostty", "Hyper", "zed", "WarpTerminal", "rio"];
const terminals = /^(?:alacritty|foot|xterm-kitty|xterm-ghostty|contour|wezterm)/;

/**
 * Whether a terminal shows links. Others may print the sequence. There is no query for it, so programs keep lists.
 * `FORCE_HYPERLINK` decides, as for other programs.
 */
export function supportsLinks(env: Environment): boolean {
  const { FORCE_HYPERLINK: forced, TERM = "", TERM_PROGRAM = "" } = env;
  if (forced !== undefined) return forced !== "0";
  // They pass the sequence on only if they are told to.
  if (/^(?:screen|tmux|dumb|linux)/.test(TERM) || env.TMUX !== undefined) return false;
  const version = Number.parseFloat(env.TERM_PROGRAM_VERSION ?? "");
  return (
    programs.includes(TERM_PROGRAM) ||
    (TERM_PROGRAM === "iTerm.app" && version >= 3.1) ||
    terminals.test(TERM) ||
    Number(env.VTE_VERSION) > 5000 ||
    Number(env.KONSOLE_VERSION) >= 210400 ||
    ["WT_SESSION", "DOMTERM"].some((name) => env[name] !== undefined)
  );
}
