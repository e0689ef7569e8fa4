import type { Setting } from "../setting.ts";

/** One command on a backend on which somebody is signed in, and the expected outcome. */
export interface BackendCommand {
  /** The operation. */
  readonly id: string;
  args(setting: Setting): readonly string[];
  stdin?(setting: Setting): string;
  /** By default 0. */
  readonly exitCode?: number;
  readonly stdout?: RegExp | ((setting: Setting) => string);
  readonly stderr?: RegExp;
}

const otpOf = ({ isClassic, account }: Setting) => (isClassic ? [] : ["--otp", account.otp()]);
let registered = 0;

const whoami: BackendCommand = {
  id: "whoami",
  args: () => ["whoami"],
  stdout: ({ account }) => `${account.username}\n`,
};

/**
 * The smaller table: every command once, in the order of a life, on each backend except the file, which has the whole
 * table. It has `auth` at the beginning and again after `deauth`. How a sign-in goes depends on the registry.
 */
export const backendCommands: readonly ("sign in" | BackendCommand)[] = [
  "sign in",
  whoami,
  {
    id: "key.generate",
    args: (setting) => ["key", "generate", "--key-name", "ci", ...otpOf(setting)],
    stdout: /^[0-9a-f]{32}\n$/,
  },
  { id: "key.list", args: () => ["key", "list"], stdout: /^ci\b/m },
  {
    id: "key.revoke",
    args: (setting) => ["key", "revoke", "ci", ...otpOf(setting)],
    stderr: /Revoked: ci\./,
  },
  {
    id: "reset_password.local",
    args: () => ["reset_password", "local"],
    stderr: /No local password encrypts anything on this machine\./,
  },
  {
    id: "reset_password.account",
    args: ({ account }) => ["reset_password", "account", account.username, "--no-browser"],
    stderr: /email|site only/,
  },
  {
    id: "register",
    args: () => {
      registered += 1;
      const name = `besides${registered}`;
      return [
        "register",
        "--username",
        name,
        "--email",
        `${name}@example.org`,
        "--accept-terms",
        "--password-stdin",
      ];
    },
    stdin: () => "a new password\n",
    stderr: /was created/,
  },
  whoami,
  { id: "deauth", args: () => ["deauth"], stderr: /Signed out|forgotten/ },
  { id: "whoami", args: () => ["whoami"], exitCode: 4, stdout: /^$/ },
  "sign in",
  {
    id: "key.revoke",
    args: (setting) => ["key", "revoke", "--all", "--yes", ...otpOf(setting)],
    stderr: /Revoked: |There was no key|still signed in/,
  },
];
