import { failureCodes } from "@hexuser/core";
import { commandArguments, commandFlags } from "hexuser/command-flags";
import { frontEnds, ownCommands } from "hexuser/command-list";
import { environmentVariables } from "hexuser/environment-variables";
import { exitCodeOf } from "hexuser/exit-code";
import type { CommandDescription } from "hexuser/front-end";
import { type FlagDescription, globalFlags } from "hexuser/global-flags";
import { operations } from "hexuser/operations";
import { version } from "hexuser/version";
import { commandOfOperation } from "./operation-list.ts";

/** The date of the version. Change both together. */
const date = "2026-11-25";

/** Writes the manual, `hexuser.1`, from the operations and flags, with the macros of man(7). */
export function manPage(): string {
  return [
    `.TH HEXUSER 1 ${date} "hexuser ${version}"`,
    ".SH NAME",
    "hexuser \\- the account commands of Hex, without Elixir and Erlang",
    ".SH SYNOPSIS",
    ".B hexuser",
    ".I command",
    ".RI [ options ]",
    ".SH DESCRIPTION",
    paragraph(
      "Makes an account at hex.pm or another Hex registry, signs in, makes and revokes API keys, resets passwords: what mix hex.user does. Credentials are shared with mix hex. On a terminal each command asks for what was not given; data goes to standard output, everything else to standard error.",
    ),
    ".SH COMMANDS",
    ...[...operations, ...ownCommands, ...frontEnds].flatMap(command),
    ".SH GLOBAL OPTIONS",
    ...globalFlags.flatMap(flag),
    ".SH ENVIRONMENT",
    "A flag takes precedence over the environment, and the environment over hex.config.",
    ...Object.entries(environmentVariables).flatMap(([name, meaning]) => item(bold(name), meaning)),
    ".SH FILES",
    ...item(italic("~/.hex/hex.config"), "credentials and settings, shared with mix hex; HEX_HOME moves it"),
    ...item(
      italic("~/.config/hexuser"),
      "profiles and settings of hexuser's own; XDG_CONFIG_HOME (on Windows APPDATA) moves it",
    ),
    ...item(
      italic("~/.cache/hexuser"),
      "what registries can do, and for an hour the names of keys, for completion; it can be removed at any time",
    ),
    ".SH EXIT STATUS",
    ...item(bold("0"), "done"),
    ...exitCodes().flatMap(([code, names]) => item(bold(code), names)),
    ".SH EXAMPLES",
    ...example("Sign in, and make a key for CI:", [
      "hexuser auth",
      "hexuser key generate --key-name ci --permission api:read --expires 90d",
    ]),
    ".PP",
    ...example("Complete command lines in bash:", ['eval "$(hexuser completion bash)"']),
    ".SH SEE ALSO",
    "https://hex.pm/docs",
  ]
    .join("\n")
    .concat("\n");
}

function command(operation: CommandDescription): string[] {
  const args = commandArguments(operation);
  const name = commandOfOperation(operation.id);
  return [
    `.SS ${roff([name, ...args.map((one) => one.name.toUpperCase())].join(" "))}`,
    paragraph(operation.description),
    ...(operation.aliases ?? []).map((alias) => paragraph(`hexuser ${alias} is the same command.`)),
    ...args.flatMap(({ name: argument, description }) => item(italic(argument.toUpperCase()), description)),
    ...commandFlags(operation).flatMap(flag),
  ];
}

function flag({ name, value, description, env, char, repeatable }: FlagDescription): string[] {
  const short = char === undefined ? "" : `${bold(`-${char}`)}, `;
  const long = `${bold(`--${name}`)}${value === undefined ? "" : ` ${italic(value)}`}`;
  const remarks = [repeatable === true ? "can be given several times" : "", env ?? ""].filter(Boolean);
  return item(
    `${short}${long}`,
    `${description}${remarks.length === 0 ? "" : ` (${remarks.join("; ")})`}`,
    false,
  );
}

function exitCodes(): (readonly [code: string, names: string])[] {
  const codes = [...new Set(failureCodes.map((code) => exitCodeOf({ code })))].sort((a, b) => a - b);
  return codes.map((exitCode) => [
    String(exitCode),
    failureCodes
      .filter((code) => exitCodeOf({ code }) === exitCode)
      .map((code) => code.replaceAll("_", " "))
      .join(", "),
  ]);
}

function item(label: string, description: string, capitalize = true): string[] {
  const text = capitalize ? description : description.charAt(0).toUpperCase() + description.slice(1);
  return [".TP", label, paragraph(text)];
}

function example(text: string, lines: readonly string[]): string[] {
  return [roff(text), ".PP", ".nf", ".RS 4", ...lines.map(roff), ".RE", ".fi"];
}

/** Puts each sentence on its own line, as is usual in manuals. */
function paragraph(text: string): string {
  return roff(text.replaceAll("`", "").replaceAll(/([.!?]) (?=[A-Z])/g, "$1\n"));
}

function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`;
}

function italic(text: string): string {
  return `\\fI${roff(text)}\\fR`;
}

/** Escapes text for roff. */
function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(/^(?=[.'])/gm, "\\&")
    .replaceAll(/[“”]/g, (quote) => (quote === "“" ? "\\(lq" : "\\(rq"));
}
