import { afterEach, describe, expect, it } from "vitest";
import { journeys, localPassword, password } from "../wizard/journeys.ts";
import { openStage, type WizardStage } from "../wizard/stage.ts";
import { walk } from "../wizard/walk.ts";

let stage: WizardStage | undefined;
afterEach(() => stage?.close());

describe.each(["rich", "plain"] as const)(
  "the wizard, with a %s look on 60 columns, lets a person",
  (look) => {
    it.each(journeys)("$title", async (journey) => {
      stage = await openStage({ ...journey, look });
      await walk(stage, journey.steps);
      expect(await stage.exitCode(), stage.terminal.transcript()).toBe(0);
      const { before, after } = stage.settings();
      expect(after).toBe(before);
      const screen = await stage.screen();
      for (const secret of [password, localPassword]) expect(screen).not.toContain(secret);
      expect(stage.terminal.raw()).not.toContain(password);
      await expect(screen).toMatchFileSnapshot(
        `../wizard/screens/${look}/${journey.title.replaceAll(/[^a-z]+/g, "-")}.txt`,
      );
    });
  },
);

describe("plain mode", () => {
  it.each([{ ACCESSIBLE: "1" }, { TERM: "dumb" }])(
    "is chosen by %j, and draws nothing twice",
    async (env) => {
      const [journey] = journeys;
      if (journey === undefined) throw new Error("There is no journey.");
      stage = await openStage({ ...journey, env });
      await walk(stage, journey.steps);
      expect(await stage.exitCode()).toBe(0);
      // The output may contain colours, but must not move the cursor or erase anything.
      expect(stage.terminal.raw()).not.toMatch(/\x1b\[[0-9;?]*[A-HJKSTfhl]/);
      expect(stage.terminal.transcript()).not.toMatch(/[✔❯◯◉]/);
    },
  );
});
