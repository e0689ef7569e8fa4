import type { Setting } from "../setting.ts";

/** One command on a backend on which somebody is signed in, and the expected outcome. */
export interface BackendCommand {
  /** The operation. */
  readonly id: string;
  args(setting: Setting): readonly string[];
  stdin?(setting: Setting): string;
  /** By default 0. */
  readonly exitCode?: number | ((setting: Setting) => number);
  readonly stdout?: RegExp | ((setting: Setting) => string);
  readonly stderr?: RegExp;
}

const otpOf = ({ isClassic, account }: Setting) => (isClassic ? [] : ["--otp", account.otp()]);
/** As hexuser names a successor: `2026-11`. */
const thisMonth = () => new Date().toISOString().slice(0, 7);
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
  { id: "key.show", args: () => ["key", "show", "ci"], stdout: /^ci$/m },
  {
    id: "key.rotate",
    args: (setting) => ["key", "rotate", "ci", ...otpOf(setting)],
    stdout: /^[0-9a-f]{32}\n$/,
    stderr: /Revoked: ci\./,
  },
  {
    id: "key.revoke",
    args: (setting) => ["key", "revoke", `ci-${thisMonth()}`, ...otpOf(setting)],
    stderr: /Revoked: ci-/,
  },
  {
    id: "key.prune",
    args: () => ["key", "prune", "--expired", "--yes"],
    stderr: /no key to revoke|don't match/,
  },
  ...["generate", "show", "revoke", "rotate", "prune"].map(
    (verb): BackendCommand => ({
      id: `organization.key.${verb}`,
      args: (setting) => [
        ...["organization", "key", verb, "nobodys", ...otpOf(setting)],
        ...(verb === "prune" ? ["--expired", "--yes"] : ["ci"]),
      ],
      exitCode: 1,
      stderr: /not a member/,
    }),
  ),
  {
    id: "organization.key.list",
    args: () => ["organization", "key", "list", "nobodys"],
    exitCode: 1,
    stderr: /not a member/,
  },
  { id: "organization.list", args: () => ["organization", "list"], stderr: /You are in no organization\./ },
  {
    id: "organization.auth",
    args: () => ["organization", "auth", "acme", "--key-stdin"],
    stdin: () => "0123\n",
    exitCode: 1,
    stderr: /only in its own file/,
  },
  {
    id: "organization.deauth",
    args: () => ["organization", "deauth", "acme"],
    exitCode: 1,
    stderr: /only in its own file/,
  },
  {
    id: "audit_log",
    args: () => ["audit-log", "--limit", "1"],
    exitCode: ({ isClassic }) => (isClassic ? 1 : 0),
  },
  {
    id: "organization.audit_log",
    args: () => ["organization", "audit-log", "nobodys"],
    exitCode: 1,
    stderr: /not a member/,
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
