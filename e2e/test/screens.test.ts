import { afterEach, expect, it } from "vitest";
import { localPassword, otp, password, withAccount, withSignIn } from "../wizard/journeys.ts";
import { openStage, type StageOptions, type WizardStage } from "../wizard/stage.ts";
import { type Step, walk } from "../wizard/walk.ts";

const widths = [120, 80, 60, 40];
const classic = { kind: "classic-2021", before: withSignIn } as const;
const current = { kind: "current-basic-off", before: withSignIn } as const;

interface Scene extends StageOptions {
  readonly title: string;
  readonly steps: readonly Step[];
}

const makingKey: readonly Step[] = [
  { see: "Name of the key", type: "deploy\r" },
  { see: /What may the\s+key do\?/, type: "\r" },
  { see: /When should the\s+key expire\?/, type: "\r" },
];

const scenes: readonly Scene[] = [
  {
    ...{ title: "keys", args: ["keys"], ...classic },
    steps: [{ see: /What do you want to\s+do\?[\s\S]*select/, type: "\x03" }],
  },
  { ...{ title: "key list", command: "key list", args: [], ...classic }, steps: [] },
  {
    ...{ title: "sign out", args: [], ...current },
    steps: [
      { see: /What do you want to\s+do\?/, type: "5\r" },
      { see: /Nobody is signed in[\s\S]*select/, type: "\x03" },
    ],
  },
  {
    ...{ title: "wrong key", args: ["auth"], kind: "current-basic-off", before: withAccount },
    steps: [
      { see: /How do you want to\s+sign in\?/, type: "2\r" },
      { see: "API key:", type: "0123456789abcdef\r" },
      {
        see: /is not valid[\s\S]*API key:/,
        type: ({ registry }) => `${registry.control.createKey({ username: "ada", name: "ci" }).secret}\r`,
      },
      { see: "You are signed in as ada." },
    ],
  },
  {
    ...{ title: "wrong code", args: ["keys"], ...current },
    steps: [
      { see: /What do you want to\s+do\?/, type: "1\r" },
      ...makingKey,
      { see: "Two-factor code", type: "000000\r" },
      { see: /code is wrong[\s\S]*Two-factor code/, type: otp },
      { see: /The key deploy\s+was made\./ },
    ],
  },
  {
    ...{ title: "key generate", command: "key generate", args: [], ...classic },
    steps: [
      ...makingKey,
      { see: "Account password", type: `${password}\r` },
      { see: /keys\s+that\s+expire[\s\S]*key expire\?/, type: "5\r" },
    ],
  },
  {
    ...{ title: "refused account", args: ["register"], kind: "classic-2021", before: withAccount },
    steps: [
      { see: /Do you accept them\?/, type: "y\r" },
      { see: "Username", type: "a\r" },
      { see: "Email", type: "ada@example.com\r" },
      { see: "Account password:", type: "short\r" },
      { see: "Account password again:", type: "short\r" },
      { see: /characters\.[\s\S]*Username/, type: "\x03" },
    ],
  },
  {
    ...{ title: "reset a password", args: ["reset_password"], ...classic },
    steps: [
      { see: "Which one is it?", type: "2\r" },
      { see: "Local password", type: "not it\r" },
      { see: /is wrong\.[\s\S]*Local password/, type: `${localPassword}\r` },
      { see: "New local password:", type: "short\r" },
      { see: /at\s+least\s+8\s+characters\.[\s\S]*hidden/, type: "\x03" },
    ],
  },
  {
    ...{ title: "address not confirmed", command: "auth --username ada --key-name laptop", args: [] },
    kind: "classic-2021",
    async before(stage) {
      await withAccount(stage);
      await stage.registry.control.changeUser("ada", { confirmed: false });
    },
    steps: [
      { see: "Account password", type: `${password}\r` },
      { see: "Local password:", type: `${localPassword}\r` },
      { see: /Local password\s+\(confirm\):/, type: `${localPassword}\r` },
    ],
  },
];

let stages: readonly WizardStage[] = [];
afterEach(() => Promise.all(stages.map((stage) => stage.close())));

it.each(scenes)("the screen of “$title” fits at every width", async ({ title, steps, ...options }) => {
  stages = await Promise.all(widths.map((columns) => openStage({ ...options, columns })));
  const screens = await Promise.all(
    stages.map(async (stage) => {
      await walk(stage, steps);
      await stage.exitCode();
      return `──── ${stage.columns} columns ────\n${await stage.screen()}`;
    }),
  );
  const all = screens.join("\n");
  expect(all).not.toContain(password);
  await expect(all).toMatchFileSnapshot(`../wizard/screens/widths/${title.replaceAll(" ", "-")}.txt`);
});
