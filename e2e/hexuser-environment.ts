import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The program under test: the one that `npm run build` makes in the working tree, or the one that `HEXUSER_PROGRAM`
 * names, for instance a packed binary.
 */
export const hexuserPath =
  process.env.HEXUSER_PROGRAM || fileURLToPath(new URL("../node_modules/.bin/hexuser", import.meta.url));

/** The state of one machine for one test: a home of its own, and nothing of the real one. */
export interface Machine {
  /** The throw-away home directory. */
  readonly home: string;
  /** `HEX_HOME`. */
  readonly hexHome: string;
  /** The file in which mix hex and hexuser keep credentials. */
  readonly configPath: string;
  /** The whole environment of programs. It inherits only the PATH. */
  readonly env: Readonly<Record<string, string>>;
  remove(): void;
}

/**
 * Makes a throw-away home directory and its environment.
 * @example const machine = createMachine({ HEX_API_URL: sandbox.apiUrl });
 */
export function createMachine(env: Readonly<Record<string, string>> = {}): Machine {
  const home = mkdtempSync(join(tmpdir(), "hexuser-e2e-"));
  // Tests that give up root's rights still have to reach the home.
  chmodSync(home, 0o755);
  const hexHome = join(home, "hex");
  return {
    home,
    hexHome,
    configPath: join(hexHome, "hex.config"),
    env: {
      PATH: process.env.PATH ?? "/usr/bin:/bin",
      HOME: home,
      XDG_CONFIG_HOME: join(home, ".config"),
      XDG_RUNTIME_DIR: home,
      HEX_HOME: hexHome,
      LANG: "C.UTF-8",
      ...env,
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}
