import { fail, hint, type Shell } from "@hexuser/core";

/** PowerShell takes these characters for single quotation marks, too: ‘ ’ ‚ ‛ (its language specification, 2.3.5.2). */
const powershellQuotes = /['\u2018\u2019\u201a\u201b]/g;

interface Dialect {
  /** The characters that end a line in this shell. */
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
 * Makes the lines that set environment variables in a shell, one per variable. The shell evaluates them: bash and zsh with
 * `eval "$(…)"`, fish with `… | source`, PowerShell with `… | Out-String | Invoke-Expression`. Every value stays text.
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
      throw fail("storage_write_failed", `${name} can't hold this value, because it contains a line break.`, {
        hint: hint`store these credentials in another place with ${{ option: "backend" }}.`,
      });
    }
    return set(name, quote(value));
  });
}

/**
 * Makes the lines that unset environment variables in a shell. They also work for unset variables.
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
    throw fail("defect", "An environment variable can't have this name.");
  }
}
