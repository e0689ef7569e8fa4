import { fail } from "@hexuser/core";

/** The shells for which lines can be printed. */
export const shells = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof shells)[number];

/** Single quotes end at what PowerShell takes for one, too: ‘ ’ ‚ ‛ (its language specification, 2.3.5.2). */
const powershellQuotes = /['\u2018\u2019\u201a\u201b]/g;

interface Dialect {
  /** What ends a line of what the shell reads. */
  readonly breaks: RegExp;
  readonly quote: (value: string) => string;
  readonly set: (name: string, quoted: string) => string;
  readonly unset: (name: string) => string;
}

const posix: Dialect = {
  breaks: /[\0\n]/,
  quote: (value) => `'${value.replaceAll("'", "'\\''")}'`,
  set: (name, quoted) => `export ${name}=${quoted}`,
  unset: (name) => `unset ${name}`,
};

const dialects: Readonly<Record<Shell, Dialect>> = {
  bash: posix,
  zsh: posix,
  fish: {
    breaks: /[\0\n]/,
    quote: (value) => `'${value.replaceAll(/[\\']/g, "\\$&")}'`,
    set: (name, quoted) => `set -gx ${name} ${quoted}`,
    unset: (name) => `set -e ${name}`,
  },
  powershell: {
    breaks: /[\0\n\r]/,
    quote: (value) => `'${value.replaceAll(powershellQuotes, "$&$&")}'`,
    set: (name, quoted) => `$Env:${name} = ${quoted}`,
    unset: (name) => `Remove-Item Env:${name} -ErrorAction SilentlyContinue`,
  },
};

/**
 * The lines that set environment variables in a shell, one for each, to be evaluated there: in bash and zsh by
 * `eval "$(…)"`, in fish by `… | source`, in PowerShell by `… | Out-String | Invoke-Expression`. Nothing in a value
 * is taken for more than text.
 *
 * Fails with `storage_write_failed` for a value with a NUL or a line break.
 *
 * @example exportLines("bash", { HEX_API_KEY: "it's" }) // ["export HEX_API_KEY='it'\\''s'"]
 */
export function exportLines(shell: Shell, variables: Readonly<Record<string, string>>): string[] {
  const { breaks, quote, set } = dialects[shell];
  return Object.entries(variables).map(([name, value]) => {
    checkName(name);
    if (breaks.test(value)) {
      throw fail(
        "storage_write_failed",
        `${name} can't hold what was to be put there: it has a line break.`,
        {
          hint: "keep these credentials elsewhere, with another --backend.",
        },
      );
    }
    return set(name, quote(value));
  });
}

/**
 * The lines that unset environment variables in a shell. One that isn't set does no harm.
 *
 * @example unsetLines("fish", ["HEX_API_KEY"]) // ["set -e HEX_API_KEY"]
 */
export function unsetLines(shell: Shell, names: readonly string[]): string[] {
  return names.map((name) => {
    checkName(name);
    return dialects[shell].unset(name);
  });
}

function checkName(name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw fail("defect", "That is no name of an environment variable.");
  }
}
