import { existsSync } from "node:fs";
import type { OutcomeCase } from "../outcome-case.ts";
import { localPassword, signIn } from "../setting.ts";
import { registryFailures } from "./registry-failures.ts";

const bothLocalPasswords = {
  stdin: () => [localPassword, "another sesame"],
  stdinFlags: ["--local-password-stdin"],
  terminal: () => [
    { question: "Local password", typed: localPassword },
    { question: "New local password", typed: "another sesame" },
  ],
};

/** `reset_password account`, `reset_password local`, and an unknown command. */
export const passwordOutcomes: readonly OutcomeCase[] = [
  {
    title: "reset_password account: the registry sends an email",
    only: "classic-2021",
    args: ({ account }) => ["reset_password", "account", account.username],
    expected: {
      exitCode: 0,
      effect: ({ registry, account }) => {
        registry.linkSentTo(account.email);
      },
    },
  },
  {
    title: "reset-password is the same command",
    only: "classic-2021",
    args: ({ account }) => ["reset-password", "account", account.email],
    expected: { exitCode: 0 },
  },
  {
    title: "reset_password account: this registry does it on its site",
    only: "current-basic-off",
    args: ({ account }) => ["reset_password", "account", account.username, "--no-browser"],
    expected: { exitCode: 0, message: /\/password\/reset/ },
  },
  {
    title: "reset_password account: the account is missing",
    args: () => ["reset_password", "account"],
    terminal: false,
    expected: { exitCode: 2, code: "invalid_input", message: /ACCOUNT/ },
  },
  ...registryFailures("reset_password account", {
    args: ({ account }) => ["reset_password", "account", account.username, "--no-browser"],
  }),
  {
    title: "reset_password local: another password encrypts the key",
    only: "classic-2021",
    before: signIn,
    args: () => ["reset_password", "local"],
    ...bothLocalPasswords,
    expected: { exitCode: 0, message: /The local password was changed/ },
  },
  {
    title: "reset_password local: the local password is wrong",
    only: "classic-2021",
    before: signIn,
    args: () => ["reset_password", "local"],
    ...bothLocalPasswords,
    stdin: () => ["not that one", "another sesame"],
    terminal: () => [
      { question: "Local password", typed: "not that one" },
      { question: "New local password", typed: "another sesame" },
    ],
    expected: {
      exitCode: 4,
      code: "authentication_refused",
      message: /local password is wrong/,
      hint: /hexuser auth/,
    },
  },
  {
    title: "reset_password local: a session has no local password",
    only: "current-basic-off",
    before: signIn,
    args: () => ["reset_password", "local"],
    expected: { exitCode: 0, message: /No local password encrypts/ },
  },
  {
    title: "reset_password local: nobody is signed in",
    args: () => ["reset_password", "local"],
    terminal: () => [{ question: "No authenticated user found", typed: "n" }],
    expected: { exitCode: 4, code: "authentication_required", hint: /hexuser auth/ },
  },
  {
    title: "an unknown command",
    args: () => ["key", "lsit"],
    expected: {
      exitCode: 2,
      code: "invalid_input",
      hint: /hexuser key list/,
      effect: ({ machine }) => {
        if (existsSync(machine.hexHome)) throw new Error("It touched the home directory.");
      },
    },
  },
  {
    title: "an unknown flag",
    args: () => ["whoami", "--jsno"],
    expected: { exitCode: 2, code: "invalid_input", message: /--jsno/, hint: /--json/ },
  },
];
