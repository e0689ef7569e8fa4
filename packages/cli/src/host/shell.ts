import { basename } from "node:path";
import { fail } from "@hexuser/core";
import { type Shell, shells } from "@hexuser/credentials";

/** The shell that lines are printed for: the one that was named, else the person's own, else bash. */
export function findShell(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): Shell {
  const shell = shells.find((known) => known === named);
  if (shell !== undefined) return shell;
  if (named !== undefined) {
    throw fail("invalid_input", `hexuser doesn't know the shell “${named.slice(0, 60)}”.`, {
      hint: `give --shell one of: ${shells.join(", ")}.`,
    });
  }
  const own = basename(env.SHELL ?? "");
  return shells.find((known) => known === own) ?? (platform === "win32" ? "powershell" : "bash");
}
