import { stripVTControlCharacters } from "node:util";
import type { Sandbox } from "@hexuser/sandbox";
import type { Machine } from "../hexuser-environment.ts";
import { type Ended, type Running, startHexuser } from "../run-hexuser.ts";

/** A secret for stdin, and what is shown in its place. */
export interface Secret {
  readonly shownAs: string;
  readonly value: string;
}

/** One command of the life, and what it should have done. */
export interface Step {
  readonly title: string;
  readonly args: readonly string[];
  /** One a line, in the order in which the program reads them. */
  readonly stdin?: readonly Secret[];
  /** 0 when not given. */
  readonly exitCode?: number;
  /** Called while it runs. */
  during?(running: Running): Promise<void>;
  /** Says what is wrong, or nothing. */
  check(ended: Ended): Promise<string | undefined> | string | undefined;
}

/** Where the life takes place: runs the steps and shows them. */
export interface Stage {
  readonly sandbox: Sandbox;
  readonly machine: Machine;
  tell(text: string): void;
  /** Runs the real program. Throws `StepFailed` when it did not do what it should. */
  run(step: Step): Promise<Ended>;
  /** What a person does elsewhere: on the registry's site, in a mailbox. */
  act<T>(title: string, action: () => Promise<T>): Promise<T>;
  stepsDone(): number;
}

/** A step did not do what it should. */
export class StepFailed extends Error {}

/** What may be another than usual. */
export interface StageOptions {
  /** Gets what a spectator sees. */
  readonly tell?: (text: string) => void;
  /** Another program than the one under test. */
  readonly program?: string | undefined;
}

/** Makes the stage for one life. */
export function createStage(
  sandbox: Sandbox,
  machine: Machine,
  { tell = console.log, program }: StageOptions = {},
): Stage {
  let done = 0;
  const head = (title: string) => {
    done += 1;
    tell(`\n${done}. ${title}`);
  };
  return {
    sandbox,
    machine,
    tell,
    async run(step) {
      head(step.title);
      tell(`$ hexuser ${step.args.map(quote).join(" ")}`);
      for (const { shownAs } of step.stdin ?? []) tell(`  < ${shownAs}`);
      const stdin = (step.stdin ?? []).map(({ value }) => `${value}\n`).join("");
      const running = startHexuser(step.args, {
        machine,
        stdin,
        limit: 30_000,
        ...(program === undefined ? {} : { program }),
      });
      await step.during?.(running);
      const ended = await running.ended;
      for (const output of [ended.stderr, ended.stdout]) {
        const text = stripVTControlCharacters(output).trimEnd();
        if (text !== "") tell(text);
      }
      const expected = step.exitCode ?? 0;
      if (ended.code !== expected) {
        throw new StepFailed(`“${step.title}” ended with exit code ${ended.code} instead of ${expected}.`);
      }
      const wrong = await step.check(ended);
      if (wrong !== undefined) throw new StepFailed(`“${step.title}” did not do what it should: ${wrong}.`);
      return ended;
    },
    async act(title, action) {
      head(title);
      return action();
    },
    stepsDone: () => done,
  };
}

/** Submits the form behind a link that was mailed, as a browser would. */
export async function submitMailedForm(
  { sandbox, tell }: Stage,
  email: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<void> {
  const link = sandbox.outbox().find(({ to }) => to === email)?.links[0];
  if (link === undefined) throw new StepFailed(`No mail with a link was sent to ${email}.`);
  tell(`  ${link}`);
  const { origin, pathname, searchParams } = new URL(link);
  const response = await fetch(origin + pathname, {
    method: "POST",
    headers: { origin },
    body: new URLSearchParams({ ...Object.fromEntries(searchParams), ...fields }),
  });
  if (!response.ok) throw new StepFailed(`The page behind the mailed link answered ${response.status}.`);
}

/** Whether the registry lets a key in. */
export async function isKeyGood({ sandbox }: Stage, secret: string): Promise<boolean> {
  const headers = { authorization: secret, accept: "application/json", "user-agent": "hexuser-start" };
  const response = await fetch(`${sandbox.apiUrl}/users/me`, { headers });
  return response.status === 200;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
