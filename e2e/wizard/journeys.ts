import { localPasswordSeal } from "@hexuser/credentials/local-password";
import type { RegistryKind } from "@hexuser/sandbox";
import { runHexuser } from "../run-hexuser.ts";
import { writeConfig } from "../setting.ts";
import type { StageOptions, WizardStage } from "./stage.ts";
import { approve, type Step } from "./walk.ts";

/** A whole flow without mistakes. */
export interface Journey {
  readonly title: string;
  readonly kind: RegistryKind;
  readonly args: readonly string[];
  readonly before?: NonNullable<StageOptions["before"]>;
  readonly steps: readonly Step[];
}

export const password = "analytical engine";
export const localPassword = "difference no 2";
const enter = "\r";

const classic: RegistryKind = "classic-2021";
const current: RegistryKind = "current-basic-off";

export const registering: readonly Step[] = [
  { see: "Do you accept them?", type: `y${enter}` },
  { see: "Username", type: `ada${enter}` },
  { see: "Email", type: `ada@example.com${enter}` },
  { see: "Account password", type: password + enter },
  { see: "Account password again", type: password + enter },
];
const goOn: Step = { see: "Go on now", type: enter };
/** The person opens the link in the email before anything else. */
const goOnConfirmed: Step = {
  ...goOn,
  act: ({ registry }) => void registry.control.changeUser("ada", { confirmed: true }),
};
const how: Step = { see: "How do you want to sign in?", type: { rich: enter, plain: enter } };
const name: Step = { see: "Name of the keys", type: `laptop${enter}` };
const choosingLocal: readonly Step[] = [
  { see: "Local password", type: localPassword + enter },
  { see: "Local password again", type: localPassword + enter },
];
const approving: Step = {
  see: /check that it shows this code:\s+[A-Z0-9]{4}-[A-Z0-9]{4}/,
  act: (stage) => approve(stage, "ada"),
};
const confirming: readonly Step[] = [
  { see: "Press Enter to check now", type: enter },
  { see: "Not confirmed yet." },
  {
    see: "Press Enter to check now",
    act: ({ registry }) => void registry.control.changeUser("ada", { confirmed: true }),
  },
  { see: "The address is confirmed." },
];

/** The person leaves the registration for the menu, opens the link, and continues. */
const registeringFromMenu: readonly Step[] = [
  { see: "What do you want to do?", type: `2${enter}` },
  ...registering,
  { see: "Go on now", type: `n${enter}` },
  { see: "What do you want to do?", type: `1${enter}` },
  goOnConfirmed,
];
const leavingSignedIn: readonly Step[] = [
  { see: /signed in as ada, since/ },
  { see: "What do you want to do?", type: `6${enter}` },
];

type Before = Pick<WizardStage, "registry" | "machine">;

/** An account at the registry. Nobody is signed in. */
export async function withAccount({ registry }: Before): Promise<void> {
  const twoFactor = registry.kind.startsWith("current");
  await registry.control.createUser({ username: "ada", password, twoFactor });
}

/** Signs in to an account that has two more keys. */
export async function withSignIn(stage: Before): Promise<void> {
  await withAccount(stage);
  const { registry, machine } = stage;
  for (const key of ["ci", "old laptop"]) registry.control.createKey({ username: "ada", name: key });
  if (registry.kind.startsWith("current")) {
    const opened = registry.control.openSession({ username: "ada", scope: "api repositories" });
    const expiresAt = Math.floor(Date.now() / 1000) + 1800;
    writeConfig(
      machine,
      `{'$oauth_token',#{<<"access_token">> => <<"${opened.accessToken}">>,<<"expires_at">> => ${expiresAt},` +
        `<<"refresh_token">> => <<"${opened.refreshToken}">>}}.\n{api_url,<<"${registry.apiUrl}">>}.\n`,
    );
    return;
  }
  // Stores it as mix hex does, because a sign-in by a process would take longer than the test.
  const key = (name: string, ...permissions: readonly Permission[]) =>
    registry.control.createKey({ username: "ada", name, permissions }).secret;
  const write = key("laptop-api", { domain: "api" });
  const read = key("laptop-api-read", { domain: "api", resource: "read" });
  const repositories = key("laptop-repositories", { domain: "repositories" });
  const { sealed } = (await localPasswordSeal.prepare(localPassword))(write);
  writeConfig(
    machine,
    `{'$write_key',<<"${sealed}">>}.\n{'$read_key',<<"${read}">>}.\n` +
      `{'$repos',#{<<"hexpm">> => #{auth_key => <<"${repositories}">>}}}.\n{api_url,<<"${registry.apiUrl}">>}.\n`,
  );
}

type Permission = NonNullable<
  Parameters<WizardStage["registry"]["control"]["createKey"]>[0]["permissions"]
>[number];

/** Signs in with hexuser itself, so that it knows its keys by name. */
async function withOwnSignIn({ registry, machine }: Before): Promise<void> {
  await withAccount({ registry, machine });
  const { code, stderr } = await runHexuser(
    ["auth", "--username", "ada", "--key-name", "laptop", "--password-stdin", "--local-password-stdin"],
    { machine, stdin: `${password}\n${localPassword}\n` },
  );
  if (code !== 0) throw new Error(`Signing in ended with ${code}:\n${stderr}`);
}

/** The code that the authenticator shows now. */
export const otp = ({ registry }: WizardStage): string => `${registry.control.totpCode("ada").code}${enter}`;

const makingKey: readonly Step[] = [
  { see: "What do you want to do?", type: `1${enter}` },
  { see: "Name of the key", type: `deploy${enter}` },
  { see: "What may the key do?", type: enter },
  { see: "When should the key expire?", type: `5${enter}` },
];
/** The two keys of other machines, in any order. */
const revokingKeys = (second: number): readonly Step[] => [
  { see: "What do you want to do?", type: `2${enter}` },
  {
    see: "Which keys do you want to revoke?",
    type: { rich: `1${second}${enter}`, plain: `1 ${second}${enter}` },
  },
  { see: "Revoke them?", type: `y${enter}` },
];

/** The flows whose questions are the same at both registries. */
const onBoth = (title: string, journey: Omit<Journey, "title" | "kind">): readonly Journey[] => [
  { ...journey, title: `${title} at a classic registry`, kind: classic },
  { ...journey, title: `${title} at a current registry`, kind: current },
];

/** Every flow, at both registries. */
export const journeys: readonly Journey[] = [
  {
    title: "register at a classic registry",
    kind: classic,
    args: ["register"],
    steps: [...registering, goOnConfirmed, name, ...choosingLocal, { see: "You are signed in as ada." }],
  },
  {
    title: "sign in before the address is confirmed at a classic registry",
    kind: classic,
    args: ["register"],
    steps: [...registering, goOn, name, ...choosingLocal, ...confirming],
  },
  {
    title: "register at a current registry",
    kind: current,
    args: ["register"],
    steps: [...registering, goOnConfirmed, approving, { see: "You are signed in as ada." }],
  },
  {
    title: "sign in at a classic registry",
    kind: classic,
    args: ["auth"],
    before: withAccount,
    steps: [
      how,
      { see: "Username", type: `ada${enter}` },
      { see: "Account password", type: password + enter },
      name,
      ...choosingLocal,
      { see: "You are signed in as ada." },
    ],
  },
  {
    title: "sign in at a current registry",
    kind: current,
    args: ["auth"],
    before: withAccount,
    steps: [how, approving, { see: "You are signed in as ada." }],
  },
  {
    title: "sign in from the menu at a classic registry",
    kind: classic,
    args: [],
    before: withAccount,
    steps: [
      { see: "What do you want to do?", type: `1${enter}` },
      how,
      { see: "Username", type: `ada${enter}` },
      { see: "Account password", type: password + enter },
      name,
      ...choosingLocal,
      { see: /signed in as ada, since/ },
      { see: "What do you want to do?", type: `6${enter}` },
    ],
  },
  {
    title: "sign in from the menu at a current registry",
    kind: current,
    args: [],
    before: withAccount,
    steps: [
      { see: "What do you want to do?", type: `1${enter}` },
      how,
      approving,
      { see: /signed in as ada, since/ },
      { see: "What do you want to do?", type: `6${enter}` },
    ],
  },
  ...onBoth("sign in with a key", {
    args: ["auth"],
    before: withAccount,
    steps: [
      { see: "How do you want to sign in?", type: `2${enter}` },
      {
        see: /API key(?= \(hidden|:)/,
        type: ({ registry }) => registry.control.createKey({ username: "ada", name: "ci" }).secret + enter,
      },
      { see: "You are signed in as ada." },
    ],
  }),
  {
    title: "start anew with a forgotten local password at a classic registry",
    kind: classic,
    args: ["reset_password"],
    before: withOwnSignIn,
    steps: [
      { see: "Which one is it?", type: `3${enter}` },
      how,
      { see: "Username", type: `ada${enter}` },
      { see: "Account password", type: password + enter },
      name,
      { see: "Local password", type: `somewhat newer${enter}` },
      { see: "Local password again", type: `somewhat newer${enter}` },
      { see: "You are signed in as ada." },
    ],
  },
  {
    title: "start anew with a forgotten local password at a current registry",
    kind: current,
    args: ["reset_password"],
    before: withSignIn,
    steps: [
      { see: "Which one is it?", type: `3${enter}` },
      how,
      approving,
      { see: "You are signed in as ada." },
    ],
  },
  {
    title: "reset the account password at a classic registry",
    kind: classic,
    args: ["reset_password"],
    before: withAccount,
    steps: [
      { see: "Which one is it?", type: `1${enter}` },
      { see: "Username or email", type: `ada${enter}` },
      { see: "hexuser reset_password account ada" },
    ],
  },
  {
    title: "reset the account password at a current registry",
    kind: current,
    args: ["reset-password"],
    before: withSignIn,
    steps: [
      { see: "Which one is it?", type: `1${enter}` },
      { see: "Username or email", type: enter },
      { see: "Is it done?", type: enter },
      how,
      approving,
      { see: "You are signed in as ada." },
    ],
  },
  {
    title: "change the local password",
    kind: classic,
    args: ["reset_password"],
    before: withSignIn,
    steps: [
      { see: "Which one is it?", type: `2${enter}` },
      { see: "Local password", type: localPassword + enter },
      { see: "New local password", type: `somewhat newer${enter}` },
      { see: "New local password again", type: `somewhat newer${enter}` },
      { see: "The local password was changed." },
    ],
  },
  {
    title: "make a key at a classic registry",
    kind: classic,
    args: ["keys"],
    before: withSignIn,
    steps: [...makingKey, { see: "Account password", type: password + enter }, { see: "Copy it now" }],
  },
  {
    title: "make a key at a current registry",
    kind: current,
    args: ["keys"],
    before: withSignIn,
    steps: [...makingKey, { see: "Two-factor code", type: otp }, { see: "Copy it now" }],
  },
  {
    title: "revoke keys at a classic registry",
    kind: classic,
    args: ["keys"],
    before: withSignIn,
    steps: [
      ...revokingKeys(5),
      { see: "Local password", type: localPassword + enter },
      { see: "Revoked: old laptop." },
    ],
  },
  {
    title: "revoke keys at a current registry",
    kind: current,
    args: ["keys"],
    before: withSignIn,
    steps: [...revokingKeys(2), { see: "Two-factor code", type: otp }, { see: "Revoked: old laptop." }],
  },
  ...onBoth("look at the menu and leave", {
    args: [],
    before: withSignIn,
    steps: [{ see: "What do you want to do?", type: `6${enter}` }],
  }),
  ...onBoth("go on with confirming the address from the menu", {
    args: [],
    async before(stage) {
      await withSignIn(stage);
      await stage.registry.control.changeUser("ada", { confirmed: false });
    },
    steps: [
      { see: "What do you want to do?", type: `1${enter}` },
      ...confirming,
      { see: "What do you want to do?", type: `6${enter}` },
    ],
  }),
  ...onBoth("register from the menu", {
    args: [],
    steps: [
      { see: "What do you want to do?", type: `2${enter}` },
      ...registering,
      { see: "Go on now", type: `n${enter}` },
      { see: "What do you want to do?", type: `5${enter}` },
    ],
  }),
  {
    title: "go on with a registration from the menu at a classic registry",
    kind: classic,
    args: [],
    steps: [...registeringFromMenu, name, ...choosingLocal, ...leavingSignedIn],
  },
  {
    title: "go on with a registration from the menu at a current registry",
    kind: current,
    args: [],
    steps: [...registeringFromMenu, approving, ...leavingSignedIn],
  },
];
