import { existsSync, readFileSync } from "node:fs";
import { isKeyGood, type Secret, type Stage, StepFailed, submitMailedForm } from "./stage.ts";

const username = "ada";
const email = "ada@example.com";
const accountPassword: Secret = { shownAs: "account password", value: "analytical engine" };

/** The life of an account at a current registry, with sessions, and two-factor codes for changes. */
export async function liveAtCurrentRegistry(stage: Stage): Promise<void> {
  const { sandbox, machine } = stage;
  const code = () => sandbox.control.totpCode(username).code;
  await stage.run({
    title: "Create an account",
    args: ["register", "--username", username, "--email", email, "--accept-terms", "--password-stdin"],
    stdin: [accountPassword],
    check: () =>
      sandbox.control.user(username).email === email ? undefined : "the registry has no such account",
  });
  await stage.act(
    "Open the link in the confirmation email, and turn on two-factor authentication",
    async () => {
      await submitMailedForm(stage, email);
      if (!sandbox.control.user(username).confirmed) throw new StepFailed("The address is not confirmed.");
      await sandbox.control.changeUser(username, { twoFactor: true });
    },
  );
  await stage.run({
    title: "Sign in, and approve the code on the registry's site",
    args: ["auth", "--method", "device", "--no-browser"],
    during: async ({ told }) => {
      const [userCode] = await told(/\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/);
      sandbox.control.approveDevice(userCode, { username });
    },
    check: () =>
      existsSync(machine.configPath) && readFileSync(machine.configPath, "utf8").includes("$oauth_token")
        ? undefined
        : "there is no session in the home directory",
  });
  await stage.run({
    title: "Ask who is signed in",
    args: ["whoami"],
    check: ({ stdout }) => (stdout === `${username}\n` ? undefined : "it printed another name"),
  });
  const { stdout } = await stage.run({
    title: "Generate a key for another machine",
    args: ["key", "generate", "--key-name", "ci server", "--permission", "api:read", "--otp", code()],
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
    args: ["key", "revoke", "ci server", "--otp", code()],
    check: async () =>
      (await isKeyGood(stage, stdout.trim())) ? "the registry still accepts it" : undefined,
  });
  await stage.run({
    title: "Reset the account password: this registry does it on its site",
    args: ["reset_password", "account", username, "--no-browser"],
    check: ({ stderr }) =>
      stderr.includes(`${sandbox.url}/password/reset`) ? undefined : "it did not name the page",
  });
  await stage.run({
    title: "Change the local password: a session has none",
    args: ["reset_password", "local"],
    check: () => undefined,
  });
  await stage.run({
    title: "Sign out",
    args: ["deauth"],
    check: () =>
      existsSync(machine.configPath) && readFileSync(machine.configPath, "utf8").includes("$oauth_token")
        ? "the session is still there"
        : undefined,
  });
  await stage.run({
    title: "Check that nobody is signed in",
    args: ["whoami"],
    exitCode: 4,
    check: ({ stdout }) => (stdout === "" ? undefined : "it printed a name"),
  });
}
