import { expect } from "vitest";
import type { OutcomeCase } from "../outcome-case.ts";
import { localPassword, type Setting, signIn, signInWithKey } from "../setting.ts";
import { registryFailures, signInWithRevokedKey } from "./registry-failures.ts";

const withLocalPassword = {
  stdin: () => [localPassword],
  stdinFlags: ["--local-password-stdin"],
  terminal: () => [{ question: "Local password", typed: localPassword }],
};

/** The flags that a change needs: a code at a current registry, and none at a classic one. */
const otpOf = ({ isClassic, account }: Setting) => (isClassic ? [] : ["--otp", account.otp()]);

async function signInAndMakeKey(setting: Setting): Promise<void> {
  await signIn(setting);
  setting.registry.control.createKey({ username: setting.account.username, name: "ci" });
}

const organizationOf = ({ account }: Setting) => `acme-${account.username}`;

/** Makes an organization with the account as its admin, a key that the organization owns, and another key of the account. */
async function signInAsMember(setting: Setting): Promise<void> {
  await signIn(setting);
  const { registry, account } = setting;
  const organization = organizationOf(setting);
  registry.control.createOrganization({ name: organization, owner: account.username });
  makeOrganizationKey(setting);
  const permissions = [{ domain: "repositories" }];
  registry.control.createKey({ username: account.username, name: "deploy-docs", permissions });
}

function makeOrganizationKey(setting: Setting): string {
  const organization = organizationOf(setting);
  return setting.registry.control.createKey({ organization, name: "deploy" }).secret;
}

const generateArgs = ["key", "generate", "--key-name", "ci", "--permission", "api:read"];

/** `key generate`, `key revoke` and `key list`. */
export const keyOutcomes: readonly OutcomeCase[] = [
  {
    title: "key generate: the secret on stdout",
    before: signIn,
    args: (setting) => [...generateArgs, ...otpOf(setting)],
    ...withLocalPassword,
    // As in mix hex, a person is asked for the account password, so that they need not know the local one.
    terminal: ({ account }) => [{ question: "Account password", typed: account.password }],
    expected: { exitCode: 0, stdout: /^[0-9a-f]{32}$|"secret":"[0-9a-f]{32}"/m },
  },
  {
    title: "key generate: the name is taken, so the registry gives another",
    before: signInAndMakeKey,
    args: (setting) => [...generateArgs, ...otpOf(setting)],
    ...withLocalPassword,
    // As in mix hex, a person is asked for the account password, so that they need not know the local one.
    terminal: ({ account }) => [{ question: "Account password", typed: account.password }],
    expected: { exitCode: 0, message: /ci-2/ },
  },
  {
    title: "key generate: by the account password, with nobody signed in",
    only: "classic-2021",
    args: ({ account }) => [...generateArgs, "--username", account.username],
    stdin: ({ account }) => [account.password],
    stdinFlags: ["--password-stdin"],
    terminal: false,
    expected: { exitCode: 0, stdout: /^[0-9a-f]{32}$|"secret":"[0-9a-f]{32}"/m },
  },
  {
    title: "key generate: the account password is wrong",
    only: "classic-2021",
    args: ({ account }) => [...generateArgs, "--username", account.username],
    stdin: () => ["wrong password"],
    stdinFlags: ["--password-stdin"],
    terminal: ({ account }) => [
      { question: "No authenticated user found", typed: "y" },
      { question: "Account password", typed: "wrong password" },
      { question: "Username or email", typed: account.username },
      { question: "Local password", typed: localPassword },
    ],
    expected: {
      exitCode: 4,
      code: "authentication_refused",
      message: /password is wrong/,
      hint: /reset_password/,
    },
  },
  {
    title: "key generate: the two-factor code is missing",
    only: "current-basic-off",
    before: signIn,
    args: () => generateArgs,
    terminal: false,
    expected: { exitCode: 4, hint: /--otp/ },
  },
  {
    title: "key generate: the two-factor code is asked for",
    only: "current-basic-off",
    before: signIn,
    args: () => generateArgs,
    env: ({ account }) => ({ HEX_OTP: account.otp() }),
    terminal: ({ account }) => [{ question: "Two-factor code", typed: account.otp() }],
    expected: { exitCode: 0 },
  },
  {
    title: "key generate: the two-factor code is wrong",
    only: "current-basic-off",
    before: signIn,
    args: () => [...generateArgs, "--otp", "000000"],
    terminal: () => [{ question: "Two-factor code", typed: "000000" }],
    expected: { exitCode: 4, message: /code/i, hint: /\S/ },
  },
  {
    title: "key generate: the permission doesn't exist",
    before: signIn,
    args: () => ["key", "generate", "--permission", "everything"],
    expected: { exitCode: 2, code: "invalid_input", message: /--permission/ },
  },
  {
    title: "key generate: the date has passed",
    before: signIn,
    args: (setting) => [...generateArgs, "--expires", "2001-01-01", ...otpOf(setting)],
    ...withLocalPassword,
    expected: { exitCode: 2, code: "invalid_input", message: /2001-01-01|past|future/ },
  },
  {
    title: "key rotate: the successor on stdout, and the old key is revoked",
    before: signInAndMakeKey,
    args: (setting) => ["key", "rotate", "ci", ...otpOf(setting)],
    ...withLocalPassword,
    expected: { exitCode: 0, stdout: /^[0-9a-f]{32}$|"secret": ?"[0-9a-f]{32}"/m, message: /Revoked: ci\./ },
  },
  {
    title: "key rotate: there is no such key",
    before: signInAndMakeKey,
    args: (setting) => ["key", "rotate", "cj", ...otpOf(setting)],
    ...withLocalPassword,
    expected: { exitCode: 1, code: "not_found", message: /no key “cj”/, hint: /key list/ },
  },
  {
    title: "key generate: for an organization, with a permission for another one",
    before: signInAsMember,
    args: (setting) => [
      "organization",
      ...generateArgs.slice(0, 2),
      organizationOf(setting),
      "--permission",
      "docs:nobodys",
    ],
    ...withLocalPassword,
    terminal: ({ account }) => [{ question: "Account password", typed: account.password }],
    expected: { exitCode: 2, code: "invalid_input", hint: /that you are in: acme/ },
  },
  {
    title: "key generate: for an organization",
    before: signInAsMember,
    args: (setting) => [
      "organization",
      ...generateArgs.slice(0, 2),
      organizationOf(setting),
      "ci",
      "--permission",
      "api:read",
      ...otpOf(setting),
    ],
    ...withLocalPassword,
    terminal: ({ account }) => [{ question: "Account password", typed: account.password }],
    expected: {
      exitCode: 0,
      stdout: /^[0-9a-f]{32}$|"secret":"[0-9a-f]{32}"/m,
      effect: async ({ registry, ...setting }) => {
        const authorization = makeOrganizationKey({ registry, ...setting });
        const path = `${registry.apiUrl}/orgs/${organizationOf({ registry, ...setting })}/keys/ci`;
        expect((await fetch(path, { headers: { authorization, "user-agent": "test" } })).status).toBe(200);
      },
    },
  },
  {
    title: "key list: each key with its permissions",
    before: signInAndMakeKey,
    args: () => ["key", "list"],
    expected: { exitCode: 0, stdout: /\bci\b/ },
  },
  {
    title: "key list: the key was revoked",
    before: signInWithRevokedKey,
    args: () => ["key", "list"],
    expected: {
      exitCode: 4,
      code: "authentication_refused",
      message: /was revoked or has expired/,
      hint: /hexuser auth/,
    },
  },
  {
    title: "key list: an argument too many",
    before: signIn,
    args: () => ["key", "list", "ci"],
    expected: { exitCode: 2, code: "invalid_input", hint: /--help/ },
  },
  {
    title: "organization key list: the keys that an organization owns",
    before: signInAsMember,
    args: (setting) => ["organization", "key", "list", organizationOf(setting)],
    expected: { exitCode: 0, stdout: /\bdeploy\b/ },
  },
  {
    title: "organization key list: by the key of another organization",
    before: signInAsMember,
    args: () => ["organization", "key", "list", "nobodys"],
    env: (setting) => ({ HEX_API_KEY: makeOrganizationKey(setting) }),
    expected: {
      exitCode: 2,
      code: "invalid_input",
      message: /HEX_API_KEY belongs to (the organization “acme|another organization)/,
    },
  },
  {
    title: "organization key list: without a membership",
    before: signInAsMember,
    args: () => ["organization", "key", "list", "nobodys"],
    expected: { exitCode: 1, code: "not_found", message: /not a member/, hint: /that you are in: acme/ },
  },
  {
    title: "key show: everything about one key",
    before: signInAsMember,
    args: () => ["key", "show", "deploy-docs"],
    expected: { exitCode: 0, stdout: /deploy-docs[\s\S]*repositories[\s\S]*never|"lastUse":null/ },
  },
  {
    title: "key show: a name that no key has",
    before: signInAsMember,
    args: () => ["key", "show", "deploy-dosc"],
    expected: { exitCode: 1, code: "not_found", hint: /“deploy-docs”.*hexuser key list/ },
  },
  {
    title: "key list: those that match",
    before: signInAsMember,
    args: () => ["key", "list", "--permission", "docs:acme", "--unused", "90d", "--sort", "expires"],
    expected: { exitCode: 0, message: /which don't match|one key, which/ },
  },
  {
    title: "key prune: keys with a permission, but no key of this machine",
    before: signInAsMember,
    args: (setting) => ["key", "prune", "--permission", "repositories", "--yes", ...otpOf(setting)],
    ...withLocalPassword,
    expected: { exitCode: 0, message: /Revoked 1 key: “deploy-docs”\.(\s+Kept.*-repositories”)?/ },
  },
  {
    title: "key prune: without a condition",
    before: signIn,
    args: () => ["key", "prune", "--yes"],
    expected: { exitCode: 2, code: "invalid_input", hint: /--unused, --expired or --permission/ },
  },
  {
    title: "organization key prune: without a confirmation",
    before: signInAsMember,
    args: (setting) => ["organization", "key", "prune", organizationOf(setting), "--permission", "api"],
    terminal: ({ account }) => [{ question: "Type the organization's name", typed: account.username }],
    expected: { exitCode: 2, code: "confirmation_required", hint: /\S/ },
  },
  {
    title: "organization key revoke: one key",
    before: signInAsMember,
    args: (setting) => [
      "organization",
      "key",
      "revoke",
      organizationOf(setting),
      "deploy",
      ...otpOf(setting),
    ],
    ...withLocalPassword,
    expected: { exitCode: 0, message: /Revoked: deploy\./ },
  },
  ...registryFailures("key list", { before: signIn, args: () => ["key", "list"] }),
  {
    title: "key revoke: one key",
    before: signInAndMakeKey,
    args: (setting) => ["key", "revoke", "ci", ...otpOf(setting)],
    ...withLocalPassword,
    expected: { exitCode: 0, message: /Revoked: ci\./ },
  },
  {
    title: "key revoke: the key doesn't exist",
    before: signIn,
    args: (setting) => ["key", "revoke", "nothing of the kind", ...otpOf(setting)],
    ...withLocalPassword,
    expected: { exitCode: 1, code: "not_found", message: /“nothing of the kind”/, hint: /hexuser key list/ },
  },
  {
    title: "key revoke: neither a name nor --all",
    before: signIn,
    args: () => ["key", "revoke"],
    expected: { exitCode: 2, code: "invalid_input", hint: /--all.*hexuser key list/ },
  },
  {
    title: "key revoke: a name and --all",
    before: signIn,
    args: () => ["key", "revoke", "ci", "--all"],
    expected: { exitCode: 2, code: "invalid_input", hint: /--all.*hexuser key list/ },
  },
  {
    title: "key revoke: all, including this machine's",
    before: async (setting) => {
      await signInWithKey(setting);
    },
    args: () => ["key", "revoke", "--all", "--yes"],
    expected: { exitCode: 0, message: /Revoked: .*machine/ },
  },
  {
    title: "key revoke: all, without a confirmation",
    before: async (setting) => {
      await signInWithKey(setting);
    },
    args: () => ["key", "revoke", "--all"],
    terminal: () => [{ question: "Type the account's name", typed: "somebody else" }],
    expected: { exitCode: 2, code: "confirmation_required", hint: /\S/ },
  },
  {
    title: "key revoke: the local password is wrong",
    only: "classic-2021",
    before: signInAndMakeKey,
    args: () => ["key", "revoke", "ci"],
    stdin: () => ["not that one"],
    stdinFlags: ["--local-password-stdin"],
    terminal: () => [{ question: "Local password", typed: "not that one" }],
    expected: {
      exitCode: 4,
      code: "authentication_refused",
      message: /local password is wrong/,
      hint: /hexuser auth/,
    },
  },
];
