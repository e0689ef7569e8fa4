import { readFileSync } from "node:fs";
import type { OutcomeCase } from "../outcome-case.ts";
import { localPassword, type Setting, signIn } from "../setting.ts";
import { registryFailures, signInWithRevokedKey } from "./registry-failures.ts";

const someone = "newcomer";
let registered = 0;

/** Returns an unused name. */
function freshName(): string {
  registered += 1;
  return `${someone}${registered}`;
}

const registerArgs = (username: string, email = `${username}@example.org`) => [
  ...["register", "--username", username, "--email", email, "--accept-terms"],
];

const newPassword = { question: "Account password", typed: "a new password" };
const register = {
  stdin: () => ["a new password"],
  stdinFlags: ["--password-stdin"],
  terminal: () => [newPassword],
};

/** `register` and `whoami`. */
export const accountOutcomes: readonly OutcomeCase[] = [
  {
    ...register,
    title: "register: an account is made",
    args: () => registerArgs(freshName()),
    // On a terminal, the command continues with a sign-in. The tests of terminals cover that.
    terminal: false,
    expected: {
      exitCode: 0,
      message: /The account newcomer\d+ was created/,
      effect: ({ registry }) => {
        if (registry.control.user(`${someone}${registered}`).confirmed)
          throw new Error("It is confirmed already.");
      },
    },
  },
  {
    ...register,
    title: "register: the name is taken",
    args: ({ account }) => registerArgs(account.username, "other@example.org"),
    expected: { exitCode: 1, code: "validation_failed", message: /username .*taken/, hint: /correct/ },
  },
  {
    ...register,
    title: "register: the address is taken",
    args: ({ account }) => registerArgs(freshName(), account.email),
    expected: { exitCode: 1, code: "validation_failed", message: /email .*in use/, hint: /correct/ },
  },
  {
    ...register,
    title: "register: the password is too short",
    args: () => registerArgs(freshName()),
    stdin: () => ["short"],
    terminal: () => [{ question: "Account password", typed: "short" }],
    expected: { exitCode: 1, code: "validation_failed", message: /password .*at least/, hint: /correct/ },
  },
  {
    ...register,
    title: "register: the terms are not accepted",
    args: () => registerArgs(freshName()).filter((arg) => arg !== "--accept-terms"),
    terminal: () => [{ question: "Do you accept them?", typed: "n" }],
    expected: { exitCode: 2, hint: /--accept-terms/ },
  },
  {
    title: "register: the password is missing",
    args: () => registerArgs(freshName()),
    terminal: false,
    expected: { exitCode: 4, code: "authentication_required", hint: /--password-stdin/ },
  },
  {
    title: "register: everything is missing",
    args: () => ["register"],
    terminal: false,
    expected: { exitCode: 2, code: "invalid_input", message: /--username/, hint: /--accept-terms/ },
  },
  ...registryFailures("register", { ...register, args: () => registerArgs(freshName()) }),
  {
    title: "whoami: the name, and nothing else on stdout",
    before: signIn,
    args: () => ["whoami"],
    expected: { exitCode: 0, stdout: /^user\d+\n$|"username":"user\d+"/ },
  },
  {
    title: "whoami: nobody is signed in",
    args: () => ["whoami"],
    terminal: () => [{ question: "No authenticated user found", typed: "n" }],
    expected: {
      exitCode: 4,
      code: "authentication_required",
      message: /No authenticated user/,
      hint: /hexuser auth/,
    },
  },
  {
    title: "whoami: the key was revoked",
    before: signInWithRevokedKey,
    args: () => ["whoami"],
    expected: {
      exitCode: 4,
      code: "authentication_refused",
      message: /was revoked or has expired/,
      hint: /hexuser auth/,
    },
  },
  {
    title: "whoami: the registry doesn't know the key",
    args: () => ["whoami"],
    env: () => ({ HEX_API_KEY: "0123456789abcdef0123456789abcdef" }),
    expected: {
      exitCode: 4,
      code: "authentication_refused",
      message: /HEX_API_KEY is not valid/,
      hint: /auth/,
    },
  },
  {
    title: "whoami: the session has ended",
    only: "current-basic-off",
    before: async (setting) => {
      await signIn(setting);
      await setting.registry.control.changeUser(setting.account.username, { active: true });
      await endSessions(setting);
    },
    args: () => ["whoami"],
    terminal: () => [{ question: "No authenticated user found", typed: "n" }],
    expected: { exitCode: 4, hint: /hexuser auth/ },
  },
  ...registryFailures("whoami", { before: signIn, args: () => ["whoami"] }),
];

/** Ends every session of the account, as a person does on the registry's site. */
async function endSessions({ registry, account }: Setting): Promise<void> {
  for (let opened = 0; opened < 5; opened += 1) {
    registry.control.openSession({ username: account.username, scope: "api" });
  }
}

/** `auth` and `deauth`. */
export const signInOutcomes: readonly OutcomeCase[] = [
  {
    title: "auth: three keys by the account password",
    only: "classic-2021",
    args: ({ account }) => ["auth", "--username", account.username],
    stdin: ({ account }) => [account.password, localPassword],
    stdinFlags: ["--password-stdin", "--local-password-stdin"],
    terminal: ({ account }) => [
      { question: "Account password", typed: account.password },
      { question: "Local password", typed: localPassword },
    ],
    expected: { exitCode: 0, message: /Signed in as user\d+.*hex\.config/ },
  },
  {
    title: "auth: the account password is wrong",
    only: "classic-2021",
    args: ({ account }) => ["auth", "--username", account.username],
    stdin: () => ["wrong password", localPassword],
    stdinFlags: ["--password-stdin", "--local-password-stdin"],
    terminal: () => [
      { question: "Account password", typed: "wrong password" },
      { question: "Local password", typed: localPassword },
    ],
    expected: {
      exitCode: 4,
      code: "authentication_refused",
      message: /password is wrong/,
      hint: /reset_password account/,
    },
  },
  {
    title: "auth: this registry takes no account passwords",
    only: "current-basic-off",
    args: ({ account }) => ["auth", "--method", "password", "--username", account.username],
    stdin: ({ account }) => [account.password, localPassword],
    stdinFlags: ["--password-stdin", "--local-password-stdin"],
    terminal: ({ account }) => [
      { question: "Account password", typed: account.password },
      { question: "Local password", typed: localPassword },
    ],
    expected: { exitCode: 4, code: "authentication_refused", hint: /device|hexuser auth/ },
  },
  {
    title: "auth: nobody can approve it",
    only: "current-basic-off",
    args: () => ["auth"],
    terminal: false,
    expected: { exitCode: 4, hint: /--method device/ },
  },
  {
    title: "auth: this registry has no device flow",
    only: "classic-2021",
    args: () => ["auth", "--method", "device"],
    terminal: () => [],
    expected: { exitCode: 1, code: "not_supported", hint: /password|--method/ },
  },
  {
    title: "auth: the registry doesn't know the key",
    args: () => ["auth", "--with-key"],
    stdin: () => ["0123456789abcdef0123456789abcdef"],
    terminal: () => [{ question: "API key", typed: "0123456789abcdef0123456789abcdef" }],
    expected: { exitCode: 4, code: "authentication_refused", hint: /\S/ },
  },
  {
    title: "auth: the key on stdin is missing",
    args: () => ["auth", "--with-key"],
    terminal: false,
    expected: { exitCode: 2, code: "invalid_input", message: /does not hold the key/, hint: /\S/ },
  },
  {
    title: "deauth: the credentials end at the registry and are removed here",
    before: signIn,
    args: () => ["deauth"],
    stdin: ({ isClassic }) => (isClassic ? [localPassword] : ["nothing is asked for"]),
    stdinFlags: ["--local-password-stdin"],
    terminal: () => [{ question: "Local password", typed: localPassword }],
    expected: { exitCode: 0, message: /Signed out/ },
  },
  {
    title: "deauth: nobody is signed in",
    args: () => ["deauth"],
    expected: { exitCode: 0, message: /Nobody is signed in/ },
  },
  {
    title: "deauth: the local password is wrong",
    only: "classic-2021",
    before: signIn,
    args: () => ["deauth"],
    stdin: () => ["not that one"],
    stdinFlags: ["--local-password-stdin"],
    terminal: () => [{ question: "Local password", typed: "not that one" }],
    expected: { exitCode: 4, code: "authentication_refused", message: /local password is wrong/, hint: /\S/ },
  },
  {
    title: "deauth: the local password is forgotten",
    only: "classic-2021",
    before: signIn,
    args: () => ["deauth"],
    terminal: () => [{ question: "Local password", typed: "" }],
    expected: { exitCode: 0, message: /Signed out[\s\S]*-api\b/ },
  },
  {
    title: "deauth: nobody answers, so the session or the keys stay valid at the registry",
    before: signIn,
    unreachable: true,
    args: () => ["deauth"],
    stdin: ({ isClassic }) => (isClassic ? [localPassword] : ["nothing is asked for"]),
    stdinFlags: ["--local-password-stdin"],
    terminal: () => [{ question: "Local password", typed: localPassword }],
    expected: {
      exitCode: 6,
      code: "network_unreachable",
      message: /Signed out on this machine\. Still good at the registry: the (session|key)/,
      hint: /registry's site/,
      effect: ({ machine }) => {
        if (/oauth_token|read_key/.test(readFileSync(machine.configPath, "utf8")))
          throw new Error("It is not forgotten.");
      },
    },
  },
];
