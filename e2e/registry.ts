import { type RegistryKind, type Sandbox, type SandboxOptions, startSandbox } from "@hexuser/sandbox";

/** A sandbox with an account in it, for one test file. */
export interface TestRegistry extends Sandbox {
  readonly kind: RegistryKind;
  /** Makes an account with a name that no other test has. */
  createAccount(): Promise<Account>;
  /** The newest link in the outbox that was sent to this address. */
  linkSentTo(email: string): string;
}

/** An account with everything that is needed to sign in to it. */
export interface Account {
  readonly username: string;
  readonly password: string;
  readonly email: string;
  /** The current code, if the account has two-factor authentication. */
  otp(): string;
}

/** The registries of most tests: a classic registry and a current one. */
export const bothKinds: readonly RegistryKind[] = ["classic-2021", "current-basic-off"];

/** The registries on which tests check each command's outcomes. The last one supports both ways to sign in. */
export const outcomeKinds: readonly RegistryKind[] = [...bothKinds, "classic-2026"];

/** Starts a sandbox that imitates a server. Close it when the tests are done. */
export async function startRegistry(
  kind: RegistryKind,
  options: Omit<SandboxOptions, "kind"> = {},
): Promise<TestRegistry> {
  const sandbox = await startSandbox({
    kind,
    ...options,
    settings: { pollingInterval: 1, ...options.settings },
  });
  let made = 0;
  return {
    ...sandbox,
    kind,
    async createAccount() {
      made += 1;
      const twoFactor = kind.startsWith("current");
      const user = await sandbox.control.createUser({
        username: `user${made}`,
        password: "correct horse",
        twoFactor,
      });
      return {
        username: user.username,
        password: user.password,
        email: user.email,
        otp: () => sandbox.control.totpCode(user.username).code,
      };
    },
    linkSentTo(email) {
      const mail = sandbox.outbox().find(({ to }) => to === email);
      const link = mail?.links[0];
      if (link === undefined) throw new Error(`No mail with a link was sent to ${email}.`);
      return link;
    },
  };
}
