import { type FailureCode, type FailureError, fail } from "@hexuser/core";
import type { Environment } from "../env/variables.ts";
import { readableText } from "../process/readable-text.ts";

/** Where the keychain is, for messages and hints. */
export interface KeychainPlace {
  readonly platform: NodeJS.Platform;
  readonly env: Environment;
}

const patterns = {
  refused: /prompt was dismissed|user (name or passphrase|canceled)|passphrase you entered is not correct/i,
  locked: /IsLocked|\block(ed)? (object|collection)|interaction is not allowed/i,
  no_bus: /autolaunch|DBUS_SESSION_BUS_ADDRESS|failed to connect to (socket|address)/i,
  no_service:
    /ServiceUnknown|not provided by any \.service|did not receive a reply|NameHasNoOwner|Spawn\.|exited with (status|signal)|no default (collection|store)|logon session/i,
  no_directory: /can't be loaded from any directory/,
  no_library: /native binding|cannot find (module|package)|dlopen|invalid ELF|GLIBC/i,
  too_long: /longer than|too (long|large)/i,
} as const;

type Reason = keyof typeof patterns;

const file = "or keep the credentials elsewhere, for instance with `--backend file`.";

/** What the system calls its keychain. */
export function keychainName(platform: NodeJS.Platform): string {
  if (platform === "darwin") return "the macOS Keychain";
  return platform === "win32" ? "the Windows Credential Manager" : "the system's keyring";
}

/**
 * Tells the ways apart in which a keychain can't be used, from the messages of the library and what it stands on.
 * Each is a failure with a hint of its own, `details.reason` names it; an error that isn't known is told as the
 * system told it.
 *
 * @param writing whether something was to be changed
 */
export function keychainFailure(
  messages: readonly string[],
  place: KeychainPlace,
  writing: boolean,
  cause?: unknown,
): FailureError {
  const text = messages.join("\n");
  const reason = (Object.keys(patterns) as Reason[]).find((name) => patterns[name].test(text));
  const name = keychainName(place.platform);
  const make = (code: FailureCode, message: string, hint: string) =>
    fail(code, message, { hint, details: { backend: "keychain", reason: reason ?? "unknown" }, cause });
  switch (reason) {
    case "refused":
      return make(
        "storage_locked",
        hasScreen(place)
          ? `Unlocking ${name} was refused: its window was closed, or the password was wrong.`
          : `${capital(name)} is locked, and there is no screen on which the system could ask to unlock it.`,
        unlockHint(place),
      );
    case "locked":
      return make("storage_locked", `${capital(name)} is locked.`, unlockHint(place));
    case "no_bus":
      return make(
        "storage_unavailable",
        `${capital(name)} can't be reached: there is no D-Bus session here.`,
        `${isRemote(place) ? "over SSH there is one only where the system starts it for every login: " : ""}start hexuser in a desktop session or under \`dbus-run-session\`, ${file}`,
      );
    case "no_service":
      return make(
        "storage_unavailable",
        place.platform === "win32"
          ? `${capital(name)} can't be used in this kind of session.`
          : "No program here keeps secrets for the session (org.freedesktop.secrets).",
        place.platform === "win32"
          ? `sign in to Windows on its own screen, ${file}`
          : `install and start one, for instance gnome-keyring or KWallet, ${file}`,
      );
    case "no_library":
      return make(
        "storage_unavailable",
        "The part of hexuser that talks to keychains can't be loaded on this system.",
        `install hexuser again for this system, ${file}`,
      );
    case "no_directory":
      return make(
        "storage_unavailable",
        "The part of hexuser that talks to keychains can't be loaded: there is no temporary directory that it can be written to and run from (a file system may be mounted read-only or noexec).",
        `set XDG_RUNTIME_DIR or TMPDIR to such a directory of your own, ${file}`,
      );
    case "too_long":
      return make(
        "storage_write_failed",
        `The credentials are too long for an item of ${name}.`,
        file.slice(3),
      );
    default:
      return make(
        writing ? "storage_write_failed" : "storage_unavailable",
        `${capital(name)} failed: ${readableText(messages[0] ?? "") || "it gave no reason"}.`,
        `look whether the system's own password manager works, ${file}`,
      );
  }
}

/** The keychain didn't answer, and nobody is being asked for anything. */
export function keychainHangs({ platform }: KeychainPlace, milliseconds: number): FailureError {
  return fail(
    "storage_unavailable",
    `${capital(keychainName(platform))} did not answer within ${seconds(milliseconds)}.`,
    {
      hint: `restart the program that keeps it (gnome-keyring-daemon, KWallet), or sign in to the system again, ${file}`,
      details: { backend: "keychain", reason: "hangs" },
    },
  );
}

/** Nobody answered the system's question. */
export function nobodyUnlocked(place: KeychainPlace, milliseconds: number): FailureError {
  return fail(
    "storage_locked",
    `${capital(keychainName(place.platform))} is locked, and nobody unlocked it within ${seconds(milliseconds)}.`,
    { hint: unlockHint(place), details: { backend: "keychain", reason: "unanswered" } },
  );
}

/** The process that talks to the keychain ended, or never began. */
export function workerFailed({ platform }: KeychainPlace, cause: unknown): FailureError {
  return fail(
    "storage_unavailable",
    `The process that talks to ${keychainName(platform)} ended unexpectedly.`,
    {
      hint: `try again, ${file}`,
      details: { backend: "keychain", reason: "worker" },
      cause,
    },
  );
}

/** For a person: what is waited for. `milliseconds`: how long. */
export function unlockNotice({ platform }: KeychainPlace, milliseconds: number): string {
  return `Waiting for ${keychainName(platform)}: allow it in the window that the system shows (within ${seconds(milliseconds)}).`;
}

function unlockHint(place: KeychainPlace): string {
  if (place.platform === "darwin") {
    return `unlock it with \`security unlock-keychain\`, then try again, ${file}`;
  }
  return hasScreen(place)
    ? `unlock it in the system's password manager, or answer its window, then try again, ${file}`
    : `unlock it with \`gnome-keyring-daemon --replace --unlock\`, which reads its password from stdin, then try again, ${file}`;
}

/** Whether the system could show a window. */
function hasScreen({ platform, env }: KeychainPlace): boolean {
  return platform !== "linux" || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

function isRemote({ env }: KeychainPlace): boolean {
  return Boolean(env.SSH_CONNECTION || env.SSH_TTY);
}

function seconds(milliseconds: number): string {
  return milliseconds === 1000 ? "a second" : `${milliseconds / 1000} seconds`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
