import { type FailureCode, type FailureError, fail, type Hint, hint } from "@hexuser/core";
import type { Environment } from "../file/directories.ts";
import { readableText } from "../process/run-program.ts";

/** Where the keychain is, for messages and hints. */
export interface KeychainPlace {
  readonly platform: NodeJS.Platform;
  readonly env: Environment;
}

const patterns = {
  refused: /prompt was dismissed|user (name or passphrase|canceled)|passphrase you entered is not correct/i,
  locked: /IsLocked|\block(ed)? (object|collection)|interaction is not allowed/i,
  no_bus: /autolaunch|DBUS_SESSION_BUS_ADDRESS|failed to connect to (socket|address)/i,
  hangs: /did not receive a reply/i,
  no_service:
    /ServiceUnknown|not provided by any \.service|NameHasNoOwner|Spawn\.|exited with (status|signal)|no default (collection|store)|logon session/i,
  no_directory: /can't be loaded from any directory/,
  no_library: /native binding|cannot find (module|package)|dlopen|invalid ELF|GLIBC/i,
  too_long: /longer than|too (long|large)/i,
} as const;

type Reason = keyof typeof patterns;

const orFile = hint`or store the credentials in another place, for instance with ${{ option: "backend", value: "file" }}.`;

/** The system's name of its keychain. */
export function keychainName(platform: NodeJS.Platform): string {
  if (platform === "darwin") return "the macOS Keychain";
  return platform === "win32" ? "the Windows Credential Manager" : "the system's keyring";
}

/**
 * Finds out why a keychain can't be used, from the messages of the library and of the system below it. Each reason has a
 * hint of its own, and `details.reason` names it. For an unknown error, the message quotes the system.
 *
 * @param writing whether the call was a change
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
  const make = (code: FailureCode, message: string, next: Hint) =>
    fail(code, message, { hint: next, details: { backend: "keychain", reason: reason ?? "unknown" }, cause });
  switch (reason) {
    case "refused":
      return make(
        "storage_locked",
        hasScreen(place)
          ? `Unlocking ${name} failed: somebody closed its window, or the password was wrong.`
          : `${capital(name)} is locked, and there is no screen on which the system could ask to unlock it.`,
        unlockHint(place),
      );
    case "locked":
      return make("storage_locked", `${capital(name)} is locked.`, unlockHint(place));
    case "no_bus":
      return make(
        "storage_unavailable",
        `hexuser can't reach ${name}, because there is no D-Bus session here.`,
        hint`${isRemote(place) ? "over SSH there is one only if the system starts it for every login: " : ""}start hexuser in a desktop session or under \`dbus-run-session\`, ${orFile}`,
      );
    case "hangs":
      return keychainHangs(place);
    case "no_service":
      return place.platform === "win32"
        ? make(
            "storage_unavailable",
            `hexuser can't use ${name} in this kind of session.`,
            hint`sign in to Windows on its own screen, ${orFile}`,
          )
        : make(
            "storage_unavailable",
            "No program here keeps secrets for the session (org.freedesktop.secrets).",
            hint`install and start one, for instance gnome-keyring or KWallet, ${orFile}`,
          );
    case "no_library":
      return make(
        "storage_unavailable",
        "The part of hexuser that talks to keychains can't be loaded on this system.",
        hint`install hexuser again for this system, ${orFile}`,
      );
    case "no_directory":
      return make(
        "storage_unavailable",
        "The part of hexuser that talks to keychains can't be loaded, because hexuser can't write it to a temporary directory and run it there (a file system may be mounted read-only or noexec).",
        hint`set XDG_RUNTIME_DIR or TMPDIR to a directory of your own where that is possible, ${orFile}`,
      );
    case "too_long":
      return make(
        "storage_write_failed",
        `The credentials are too long for an item of ${name}.`,
        hint`store them in another place, for instance with ${{ option: "backend", value: "file" }}.`,
      );
    default:
      return make(
        writing ? "storage_write_failed" : "storage_unavailable",
        `${capital(name)} failed: ${readableText(messages[0] ?? "") || "it gave no reason"}.`,
        hint`check that the system's own password manager works, ${orFile}`,
      );
  }
}

/** The keychain didn't answer, although it isn't asking the person. */
export function keychainHangs({ platform }: KeychainPlace, milliseconds?: number): FailureError {
  const within = milliseconds === undefined ? "" : ` within ${seconds(milliseconds)}`;
  return fail("storage_unavailable", `${capital(keychainName(platform))} did not answer${within}.`, {
    hint: hint`restart its program (gnome-keyring-daemon, KWallet), or sign in to the system again, ${orFile}`,
    details: { backend: "keychain", reason: "hangs" },
  });
}

/** The person didn't answer the system's question. */
export function nobodyUnlocked(place: KeychainPlace, milliseconds: number): FailureError {
  return fail(
    "storage_locked",
    `${capital(keychainName(place.platform))} is locked, and nobody unlocked it within ${seconds(milliseconds)}.`,
    { hint: unlockHint(place), details: { backend: "keychain", reason: "unanswered" } },
  );
}

/** The process that talks to the keychain ended or never started. */
export function workerFailed({ platform }: KeychainPlace, cause: unknown): FailureError {
  return fail(
    "storage_unavailable",
    `The process that talks to ${keychainName(platform)} ended unexpectedly.`,
    {
      hint: hint`try again, ${orFile}`,
      details: { backend: "keychain", reason: "worker" },
      cause,
    },
  );
}

/** Tells the person what hexuser waits for, and for how many milliseconds. */
export function unlockNotice({ platform }: KeychainPlace, milliseconds: number): string {
  return `Waiting for ${keychainName(platform)}: allow it in the window that the system shows (within ${seconds(milliseconds)}).`;
}

function unlockHint(place: KeychainPlace): Hint {
  if (place.platform === "darwin") {
    return hint`unlock it with \`security unlock-keychain\`, then try again, ${orFile}`;
  }
  return hasScreen(place)
    ? hint`unlock it in the system's password manager, or answer its window, then try again, ${orFile}`
    : hint`unlock it with \`gnome-keyring-daemon --replace --unlock\`, which reads its password from stdin, then try again, ${orFile}`;
}

/** Whether the system can show a window. */
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
