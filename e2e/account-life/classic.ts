import { existsSync, readFileSync } from "node:fs";
import { isKeyGood, type Secret, type Stage, StepFailed, submitMailedForm } from "./stage.ts";

const username = "ada";
const email = "ada@example.com";
const accountPassword: Secret = { shownAs: "account password", value: "analytical engine" };
const newAccountPassword: Secret = { shownAs: "new account password", value: "difference engine" };
const localPassword: Secret = { shownAs: "local password", value: "punched cards" };
const newLocalPassword: Secret = { shownAs: "new local password", value: "note g, bernoulli" };

/** The life of an account at a classic registry, which accepts account passwords. */
export async function liveAtClassicRegistry(stage: Stage): Promise<void> {
  const { sandbox, machine } = stage;
  await stage.run({
    title: "Create an account",
    args: ["register", "--username", username, "--email", email, "--accept-terms", "--password-stdin"],
    stdin: [accountPassword],
    check: () =>
      sandbox.control.user(username).email === email ? undefined : "the registry has no such account",
  });
  await stage.act("Open the link in the confirmation email", async () => {
    await submitMailedForm(stage, email);
    if (!sandbox.control.user(username).confirmed) throw new StepFailed("The address is not confirmed.");
  });
  await stage.run({
    title: "Sign in",
    args: ["auth", "--username", username, "--password-stdin", "--local-password-stdin"],
    stdin: [accountPassword, localPassword],
    check: () => {
      if (!existsSync(machine.configPath)) return "there are no credentials in the home directory";
      return readConfig(stage).includes("$write_key") ? undefined : "there is no write key";
    },
  });
  await stage.run({
    title: "Ask who is signed in",
    args: ["whoami"],
    check: ({ stdout }) => (stdout === `${username}\n` ? undefined : "it printed another name"),
  });
  const { stdout } = await stage.run({
    title: "Generate a key for another machine",
    args: [
      ...["key", "generate", "--key-name", "ci server", "--permission", "api:read"],
      ...["--username", username, "--password-stdin"],
    ],
    stdin: [accountPassword],
    check: async ({ stdout }) =>
      (await isKeyGood(stage, stdout.trim())) ? undefined : "the registry does not know the key",
  });
  await stage.run({
    title: "List the keys",
    args: ["key", "list"],
    check: ({ stdout }) => (stdout.includes("ci server") ? undefined : "the new key is not in the list"),
  });
  await stage.run({
    title: "Revoke that key",
    args: ["key", "revoke", "ci server", "--local-password-stdin"],
    stdin: [localPassword],
    check: async () =>
      (await isKeyGood(stage, stdout.trim())) ? "the registry still accepts it" : undefined,
  });
  await stage.run({
    title: "Reset the account password",
    args: ["reset_password", "account", username],
    check: () =>
      sandbox.outbox().some(({ to, subject }) => to === email && /password/i.test(subject))
        ? undefined
        : "no mail was sent",
  });
  await stage.act("Open the link in the email, and choose a new password", async () => {
    const { value } = newAccountPassword;
    await submitMailedForm(stage, email, { password: value, password_confirmation: value });
  });
  await stage.run({
    title: "Check that the old password no longer works",
    args: ["auth", "--username", username, "--password-stdin", "--local-password-stdin"],
    stdin: [accountPassword, localPassword],
    exitCode: 4,
    check: () => undefined,
  });
  await stage.run({
    title: "Sign in with the new password",
    args: ["auth", "--username", username, "--password-stdin", "--local-password-stdin"],
    stdin: [newAccountPassword, localPassword],
    check: () => (readConfig(stage).includes("$write_key") ? undefined : "there is no write key"),
  });
  const before = readConfig(stage);
  await stage.run({
    title: "Change the local password",
    args: ["reset_password", "local", "--local-password-stdin"],
    stdin: [localPassword, newLocalPassword],
    check: () => (readConfig(stage) === before ? "the file has not changed" : undefined),
  });
  await stage.run({
    title: "Sign out",
    args: ["deauth", "--local-password-stdin"],
    stdin: [newLocalPassword],
    check: () => (readConfig(stage).includes("$write_key") ? "the write key is still there" : undefined),
  });
  await stage.run({
    title: "Check that nobody is signed in",
    args: ["whoami"],
    exitCode: 4,
    check: ({ stdout }) => (stdout === "" ? undefined : "it printed a name"),
  });
}

function readConfig({ machine }: Stage): string {
  return existsSync(machine.configPath) ? readFileSync(machine.configPath, "utf8") : "";
}
