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
 * The environment for a program that isn't hexuser: what such programs need, and none of what may hold secrets of
 * hexuser, or change how Node starts.
 *
 * @param also more that is let through, by name, or by prefix with a `*` at the end; never what begins with `HEX`
 *
 * @example cleanEnvironment(process.env, "linux", ["VAULT_ADDR", "AWS_*"])
 */
export function cleanEnvironment(
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
