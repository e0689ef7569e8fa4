// The environments of the programs that hexuser starts.
import type { Environment } from "../file/directories.ts";

/** With these, a program finds its files, its display, its session bus, and the agents with its keys. */
const names: readonly string[] = [
  "HOME",
  "PATH",
  "USER",
  "LOGNAME",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TERM",
  "TMPDIR",
  "DISPLAY",
  "XAUTHORITY",
  "WAYLAND_DISPLAY",
  "DBUS_SESSION_BUS_ADDRESS",
  "GNUPGHOME",
  "GPG_TTY",
  "SSH_AUTH_SOCK",
];

const prefixes: readonly string[] = ["LC_", "XDG_", "PASSWORD_STORE_"];

/** Without these, programs on Windows don't start or don't find the user's profile. */
const windowsNames: readonly string[] = [
  "SYSTEMROOT",
  "SYSTEMDRIVE",
  "WINDIR",
  "COMSPEC",
  "PATHEXT",
  "USERPROFILE",
  "USERNAME",
  "USERDOMAIN",
  "HOMEDRIVE",
  "HOMEPATH",
  "APPDATA",
  "LOCALAPPDATA",
  "PROGRAMDATA",
  "PROGRAMFILES",
  "TEMP",
  "TMP",
];

/**
 * Makes the environment for a program that gets secrets: a credential helper, or the keychain's process. It contains the
 * variables that such programs need, but no variable that may hold a secret of hexuser or changes how Node starts.
 *
 * @param also further variables, by name, or by prefix with a `*` at the end; never those that begin with `HEX`
 *
 * @example helperEnvironment(process.env, "linux", ["VAULT_ADDR", "AWS_*"])
 */
export function helperEnvironment(
  env: Environment,
  platform: NodeJS.Platform,
  also: readonly string[] = [],
): Record<string, string> {
  const wanted = [
    ...names,
    ...(platform === "win32" ? windowsNames : []),
    ...also.filter((name) => !name.endsWith("*")),
  ];
  const beginnings = [
    ...prefixes,
    ...also.filter((name) => /^.+\*$/.test(name)).map((name) => name.slice(0, -1)),
  ];
  // On Windows, `Path` and `PATH` are the same variable.
  const compared = (name: string) => (platform === "win32" ? name.toUpperCase() : name);
  const isWanted = (name: string) =>
    !name.toUpperCase().startsWith("HEX") &&
    (wanted.some((other) => compared(other) === compared(name)) ||
      beginnings.some((beginning) => compared(name).startsWith(compared(beginning))));
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && isWanted(entry[0]),
  );
  return Object.fromEntries(kept);
}

/**
 * Makes the environment for a program that opens a page. Such programs read too many variables to list (`BROWSER`,
 * `WSL_INTEROP`, `DESKTOP_SESSION`, …). So it contains all variables except those that may hold a secret or change Node:
 * `HEX*`, `NODE_*`, and the username and password in the address of a proxy.
 */
export function openerEnvironment(env: Environment): Record<string, string> {
  const kept = Object.entries(env).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || /^(HEX|NODE_)/i.test(name)) return [];
    return [[name, /_proxy$/i.test(name) ? withoutUserInfo(value) : value]];
  });
  return Object.fromEntries(kept);
}

/** Makes `http://proxy:3128` of `http://ada:secret@proxy:3128`. A password may contain any character, encoded or not. */
function withoutUserInfo(address: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(address)?.[0] ?? "";
  return scheme + address.slice(Math.max(scheme.length, address.lastIndexOf("@") + 1));
}
