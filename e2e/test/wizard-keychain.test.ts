import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { afterEach, describe, expect } from "vitest";
import {
  secretServiceCommands,
  startSecretService,
} from "../../packages/credentials/test/keychain/secret-service.ts";
import { bothGenerations } from "../registry.ts";
import { itWith, type Requirement } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";
import { journeys } from "../wizard/journeys.ts";
import { openStage, type WizardStage } from "../wizard/stage.ts";
import { walk } from "../wizard/walk.ts";

const secretService: Requirement = {
  met: secretServiceCommands.every((name) => spawnSync("which", [name]).status === 0),
  reason: "it starts a keyring, which takes gnome-keyring and D-Bus",
};

let stage: WizardStage | undefined;
afterEach(() => stage?.close());

describe.each(["rich", "plain"] as const)("with a %s look and a keychain, the wizard", (look) => {
  for (const generation of bothGenerations) {
    itWith(secretService)(`offers it, and signs in to it at ${generation}`, async () => {
      const journey = journeys.find((one) => one.generation === generation && one.args[0] === "auth");
      if (journey === undefined) throw new Error(`There is no sign-in at ${generation}.`);
      const service = await startSecretService();
      try {
        const env = {
          HEXUSER_BACKEND: "",
          DBUS_SESSION_BUS_ADDRESS: service.env.DBUS_SESSION_BUS_ADDRESS ?? "",
        };
        stage = await openStage({ ...journey, look, env });
        // A keychain needs no local password: it's locked with the person's session.
        const steps = journey.steps.filter(({ see }) => !String(see).startsWith("Local password"));
        await walk(stage, [{ see: "Where shall the credentials be kept?", type: "2\r" }, ...steps]);
        expect(await stage.exitCode(), stage.terminal.transcript()).toBe(0);
        expect(stage.terminal.transcript()).toContain("hexuser auth --key-name laptop");
        expect(await service.items()).toContain("@hexuser");
        expect(existsSync(stage.machine.configPath)).toBe(false);
        const later = await runHexuser(["whoami"], { machine: stage.machine, env });
        expect([later.code, later.stdout]).toEqual([0, "ada\n"]);
      } finally {
        await service.stop();
      }
    });
  }
});
