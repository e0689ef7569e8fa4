import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Journey, journeys, localPassword, password } from "../wizard/journeys.ts";
import { openStage, type StageOptions, type WizardStage } from "../wizard/stage.ts";
import { type Step, walk } from "../wizard/walk.ts";

const seen = ({ see }: Step) => (typeof see === "string" ? see : see.source);
/**
 * The beginning of a journey with its questions and answers. All journeys with the same beginning show the same prompt
 * after it.
 */
const steps = (journey: Journey, way: readonly Step[]) =>
  JSON.stringify([
    journey.kind,
    journey.args.map((word) => word.replace("-", "_")),
    journey.before?.name,
    way.map((step) => [seen(step), typeof step.type === "function" ? step.type.toString() : step.type]),
  ]);

/** Every prompt of every journey at both registries, once, and the steps that lead to it. */
const prompts = [
  ...new Map(
    journeys.flatMap((journey) =>
      journey.steps.flatMap((prompt, index) => {
        const way = journey.steps.slice(0, index);
        const key = steps(journey, [...way, { see: prompt.see }]);
        return prompt.type === undefined ? [] : [[key, { journey, way, prompt }] as const];
      }),
    ),
  ).values(),
];

/** Walks on a separate stage, because several are open at once, and then checks the result. */
async function on(
  options: StageOptions,
  way: readonly Step[],
  look: (stage: WizardStage) => Promise<void>,
): Promise<void> {
  const stage = await openStage(options);
  try {
    await walk(stage, way);
    await look(stage);
  } finally {
    await stage.close();
  }
}

const keysOf = ({ registry }: WizardStage) =>
  registry.control
    .requests()
    .requests.filter(({ method, path, status }) => method !== "GET" && path.includes("/keys") && status < 300)
    .length;
const keptBy = ({ machine }: WizardStage) =>
  existsSync(machine.configPath) ? readFileSync(machine.configPath, "utf8") : "";

/** Each question once. The two looks ask it differently, but the flow is the same. */
const questions = [...new Map(prompts.map((row) => [seen(row.prompt), row])).values()];

async function interrupt(stage: WizardStage, prompt: Step): Promise<void> {
  await stage.terminal.expect(prompt.see);
  if (stage.look === "plain") await stage.terminal.expect(/: $/);
  const [keys, kept] = [keysOf(stage), keptBy(stage)];
  stage.terminal.type("\x03");
  expect(await stage.exitCode(), stage.terminal.transcript()).toBe(130);
  const { before, after } = stage.settings();
  expect(after).toBe(before);
  const raw = stage.terminal.raw();
  expect(raw.lastIndexOf("\x1b[?25h")).toBeGreaterThanOrEqual(raw.lastIndexOf("\x1b[?25l"));
  const transcript = stage.terminal.transcript();
  expect(transcript).toContain("You left the wizard.");
  expect(transcript).not.toContain("Error:");
  for (const secret of [password, localPassword]) expect(transcript).not.toContain(secret);
  expect([keysOf(stage), keptBy(stage)]).toEqual([keys, kept]);
  // The machine has nothing of an unfinished sign-in, and the wizard tells what was done.
  if (/You are signed in( as ada)?\.|was created\./.test(transcript))
    expect(transcript).toContain("This was done, and stays:");
  else expect(transcript).toContain("Nothing was changed.");
}

// A stage spends most of its time waiting for its own program, so running several at once takes half as long.
describe.concurrent.each([
  ["rich", prompts],
  ["plain", questions],
] as const)("Ctrl-C, with a %s look,", (look, asked) => {
  it.each(
    asked.map((row) => ({ ...row, title: row.journey.title, at: seen(row.prompt), steps: row.way.length })),
  )(
    "leaves “$title” at “$at” (after $steps steps), restores the terminal, and leaves nothing half done",
    ({ journey, way, prompt }) => on({ ...journey, look }, way, (stage) => interrupt(stage, prompt)),
  );
});

describe.concurrent("Esc", () => {
  const journeyOf = (title: string) => journeys.find((journey) => journey.title === title) as Journey;

  it.each(["Do you accept them?", "Username", "Account password again", "Go on now"])(
    "leaves at “%s” as Ctrl-C does",
    (question) => {
      const journey = journeyOf("register at a classic registry");
      const until = journey.steps.findIndex(({ see }) => see === question);
      return on(journey, journey.steps.slice(0, until), async ({ terminal, exitCode }) => {
        await terminal.expect(question);
        terminal.type("\x1b");
        expect(await exitCode()).toBe(130);
        expect(terminal.transcript()).toContain("You left the wizard.");
      });
    },
  );

  it.each(["\x1b", "\x03"])("or Ctrl-C (%j) ends the wait for an approval", (key) => {
    const journey = journeyOf("sign in at a current registry");
    return on(journey, journey.steps.slice(0, 2), async (stage) => {
      await stage.terminal.expect("Waiting for your approval");
      stage.terminal.type(key);
      expect(await stage.exitCode()).toBe(130);
      expect(stage.settings().after).toBe(stage.settings().before);
      expect(stage.terminal.transcript()).toContain("Nothing was changed.");
      expect(existsSync(stage.machine.configPath)).toBe(false);
    });
  });
});
