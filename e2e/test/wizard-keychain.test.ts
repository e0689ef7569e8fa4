import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import {
  type SecretService,
  secretServiceCommands,
  startSecretService,
} from "@hexuser/credentials/test/keychain/secret-service";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { itWith, type Requirement } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";
import { type Journey, journeys, localPassword } from "../wizard/journeys.ts";
import { type Look, openStage, type WizardStage } from "../wizard/stage.ts";
import { type Step, walk } from "../wizard/walk.ts";

const secretService: Requirement = {
  met: secretServiceCommands.every((name) => spawnSync("which", [name]).status === 0),
  reason: "it starts a keyring, which takes gnome-keyring and D-Bus",
};

let service: SecretService;
let stage: WizardStage | undefined;
beforeAll(async () => {
  if (secretService.met) service = await startSecretService();
});
afterAll(() => service?.stop());
afterEach(async () => {
  await stage?.close();
  await service?.clear();
});

/** The person chooses the backend, not a variable. */
const env = () => ({
  HEXUSER_BACKEND: "",
  DBUS_SESSION_BUS_ADDRESS: service.env.DBUS_SESSION_BUS_ADDRESS ?? "",
});

/** Walks a journey with the credentials in the keychain. They are moved there, or the person signs in there. */
async function play(title: string, look: Look = "rich", change = onKeychain): Promise<WizardStage> {
  const journey = journeys.find((one) => one.title === title);
  if (journey === undefined) throw new Error(`There is no journey “${title}”.`);
  let isMoved = false;
  stage = await openStage({
    ...journey,
    look,
    env: env(),
    async before(setting) {
      await journey.before?.(setting);
      const { machine } = setting;
      isMoved = existsSync(machine.configPath);
      if (!isMoved) return;
      const args = ["backend", "move", "--to", "keychain", "--local-password-stdin"];
      const moved = await runHexuser(args, { machine, env: env(), stdin: `${localPassword}\n` });
      expect([moved.code, moved.stderr]).toEqual([0, expect.stringContaining("keychain is in use")]);
    },
  });
  await walk(stage, change(journey, isMoved));
  return stage;
}

const isSignIn = ({ see }: Step) => see === "How do you want to sign in?";

/**
 * A keychain needs no local password, and a sign-in asks where to store the credentials. After a registration, nothing asks
 * for the name of the keys any more.
 */
function onKeychain({ steps }: Journey, isInUse: boolean): Step[] {
  const where: Step = { see: "Where should hexuser keep the credentials?", type: isInUse ? "1\r" : "2\r" };
  const start = steps.findIndex(isSignIn);
  const goOn = steps.findIndex(({ see }) => see === "Go on now");
  const first = start >= 0 ? start : goOn;
  const isAsked = ({ see }: Step) =>
    !String(see).startsWith("Local password") && (goOn < 0 || see !== "Name of the keys");
  return steps.flatMap((step, index) => (index === first ? [step, where] : [step])).filter(isAsked);
}

async function expectDone(played: WizardStage): Promise<void> {
  expect(await played.exitCode(), played.terminal.transcript()).toBe(0);
  expect(played.settings().after).toBe(played.settings().before);
  expect(await service.items()).toContain("@hexuser");
  const { machine } = played;
  if (existsSync(machine.configPath)) {
    const { stdout } = await runHexuser(["whoami", "--backend", "file"], { machine, env: env() });
    expect(stdout).toBe("");
  }
  const later = await runHexuser(["whoami"], { machine, env: env() });
  expect([later.code, later.stdout]).toEqual([0, "ada\n"]);
}

describe("with a keychain, the wizard", () => {
  for (const title of ["sign in at a classic registry", "sign in at a current registry"]) {
    for (const look of ["rich", "plain"] as const) {
      itWith(secretService)(`offers it, and lets a person ${title}, with a ${look} look`, async () => {
        const played = await play(title, look);
        await expectDone(played);
        expect(played.terminal.transcript()).toContain(
          title.includes("classic") ? "hexuser auth --key-name laptop" : "hexuser auth",
        );
        expect(existsSync(played.machine.configPath)).toBe(false);
      });
    }
  }

  for (const title of [
    "register at a classic registry",
    "register at a current registry",
    "make a key at a current registry",
    "revoke keys at a classic registry",
    "revoke keys at a current registry",
    "reset the account password at a current registry",
  ]) {
    itWith(secretService)(`lets a person ${title}`, async () => {
      await expectDone(await play(title));
    });
  }

  itWith(secretService)("makes a key with the open keychain, and asks for no password", async () => {
    const way = (journey: Journey) => journey.steps.filter(({ see }) => see !== "Account password");
    await expectDone(await play("make a key at a classic registry", "rich", way));
  });

  itWith(secretService)("says that there is no local password to change", async () => {
    const played = await play("change the local password", "rich", ({ steps }) => steps.slice(0, 1));
    await expectDone(played);
    expect(played.terminal.transcript()).toContain("No local password encrypts anything on this machine.");
  });
});
