import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createMachine } from "../hexuser-environment.ts";
import { startRegistry } from "../registry.ts";
import { openTerminal } from "../terminal.ts";

it.each([
  [
    "BROWSER",
    (opener: string) => ({ BROWSER: `${opener} --new;touch %s`, SSH_TTY: "/dev/pts/9", container: "docker" }),
  ],
  ["wslview", () => ({ WSL_DISTRO_NAME: "Debian" })],
])("%s opens the page without a shell, also where hexuser sees no screen", async (_, variables) => {
  const registry = await startRegistry("current-basic-off");
  const machine = createMachine({ HEX_API_URL: registry.apiUrl });
  const [opener, opened] = [join(machine.home, "wslview"), join(machine.home, "opened")];
  writeFileSync(opener, `#!/bin/sh\nprintf '%s\\n' "$@" > ${opened}.new && mv ${opened}.new ${opened}\n`);
  chmodSync(opener, 0o755);
  const PATH = `${machine.home}:${process.env.PATH}`;
  const terminal = openTerminal(["auth"], { machine, env: { PATH, ...variables(opener) } });
  try {
    await terminal.expect("Waiting for your approval");
    await expect
      .poll(() => readFileSync(opened, "utf8"), { timeout: 10_000 })
      .toMatch(/^http:\/\/127\.0\.0\.1\S+\/oauth\/device\S+$/m);
  } finally {
    terminal.kill();
    await registry.close();
    machine.remove();
  }
});
