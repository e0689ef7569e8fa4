// The environments of all programs that hexuser starts.
import type { Environment } from "../env/variables.ts";

/** What a program needs to find its files, its display, its session bus, and the agents that keep its keys. */
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

/** Without these, programs don't start on Windows, or don't find the user's profile. */
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
 * The environment for a program that is given secrets (a credential helper, the keychain's process): what such programs
 * need, and none of what may hold secrets of hexuser, or change how Node starts.
 *
 * @param also more that is let through, by name, or by prefix with a `*` at the end; never what begins with `HEX`
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
  // Windows has `Path` and `PATH` for the same variable.
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
 * The environment for a program that opens a page. What such programs read can't be listed (`BROWSER`, `WSL_INTEROP`,
 * `DESKTOP_SESSION`, …), so they get everything but what may hold a secret here or has power over Node: `HEX*`,
 * `NODE_*`, and the username and password in the address of a proxy.
 */
export function openerEnvironment(env: Environment): Record<string, string> {
  const kept = Object.entries(env).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || /^(HEX|NODE_)/i.test(name)) return [];
    return [[name, /_proxy$/i.test(name) ? withoutUserInfo(value) : value]];
  });
  return Object.fromEntries(kept);
}

/** `http://ada:secret@proxy:3128` is `http://proxy:3128`. A password may hold any character, encoded or not. */
function withoutUserInfo(address: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(address)?.[0] ?? "";
  return scheme + address.slice(Math.max(scheme.length, address.lastIndexOf("@") + 1));
}
