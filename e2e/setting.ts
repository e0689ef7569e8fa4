import { mkdirSync, writeFileSync } from "node:fs";
import { createMachine, type Machine } from "./hexuser-environment.ts";
import type { Account, TestRegistry } from "./registry.ts";
import { runHexuser } from "./run-hexuser.ts";

/** The setting of a test: its own machine, and an account at a registry. */
export interface Setting {
  readonly registry: TestRegistry;
  readonly machine: Machine;
  readonly account: Account;
  readonly isClassic: boolean;
}

/** The local password of every machine in these tests. */
export const localPassword = "open sesame";

/** Makes a machine that talks to a registry, and an account there. Nobody is signed in yet. */
export async function createSetting(registry: TestRegistry): Promise<Setting> {
  const machine = createMachine({ HEX_API_URL: registry.apiUrl });
  const account = await registry.createAccount();
  return { registry, machine, account, isClassic: registry.kind.startsWith("classic") };
}

/**
 * Signs the account in, in the registry's way: with the account password, or with a session in the file as mix hex
 * leaves it.
 */
export async function signIn(setting: Setting): Promise<void> {
  const { registry, machine, account } = setting;
  if (!setting.isClassic) {
    const opened = registry.control.openSession({ username: account.username, scope: "api repositories" });
    const expiresAt = Math.floor(Date.now() / 1000) + 1800;
    writeConfig(
      machine,
      `{'$oauth_token',#{<<"access_token">> => <<"${opened.accessToken}">>,<<"expires_at">> => ${expiresAt},` +
        `<<"refresh_token">> => <<"${opened.refreshToken}">>}}.\n{api_url,<<"${registry.apiUrl}">>}.\n`,
    );
    return;
  }
  const { code, stderr } = await runHexuser(
    ["auth", "--username", account.username, "--password-stdin", "--local-password-stdin"],
    { machine, stdin: `${account.password}\n${localPassword}\n` },
  );
  if (code !== 0) throw new Error(`Signing in ended with ${code}:\n${stderr}`);
}

/** Signs in with a key of the account, and returns its secret. */
export async function signInWithKey(setting: Setting, name = "machine"): Promise<string> {
  const { registry, machine, account } = setting;
  const { secret } = registry.control.createKey({
    username: account.username,
    name,
    permissions: [{ domain: "api" }],
  });
  const { code, stderr } = await runHexuser(["auth", "--with-key"], { machine, stdin: `${secret}\n` });
  if (code !== 0) throw new Error(`Signing in with a key ended with ${code}:\n${stderr}`);
  return secret;
}

/** Writes a `hex.config`, as another program would leave it. */
export function writeConfig(machine: Machine, content: string | Uint8Array): void {
  mkdirSync(machine.hexHome, { recursive: true, mode: 0o700 });
  writeFileSync(machine.configPath, content, { mode: 0o600 });
}
