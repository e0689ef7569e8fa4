import { stripVTControlCharacters } from "node:util";
import type { Sandbox } from "@hexuser/sandbox";
import type { Machine } from "../hexuser-environment.ts";
import { type Ended, type Running, startHexuser } from "../run-hexuser.ts";

/** A secret for standard input, and the text that the output shows instead. */
export interface Secret {
  readonly shownAs: string;
  readonly value: string;
}

/** A command, and how to check its effect. */
export interface Step {
  readonly title: string;
  readonly args: readonly string[];
  /** One secret per line, in the order in which the program reads them. */
  readonly stdin?: readonly Secret[];
  /** Default: 0. */
  readonly exitCode?: number;
  /** Acts while the command runs. */
  during?(running: Running): Promise<void>;
  /** Returns a description of the mistake, or undefined. */
  check(ended: Ended): Promise<string | undefined> | string | undefined;
}

/** Runs the steps of a life and shows them. */
export interface Stage {
  readonly sandbox: Sandbox;
  readonly machine: Machine;
  tell(text: string): void;
  /** Runs the real program. Throws `StepFailed` if the step fails. */
  run(step: Step): Promise<Ended>;
  /** Performs a person's action elsewhere: on the registry's site or in a mailbox. */
  act<T>(title: string, action: () => Promise<T>): Promise<T>;
  stepsDone(): number;
}

/** A step failed. */
export class StepFailed extends Error {}

/** Options of a stage. */
export interface StageOptions {
  /** Gets the text for the person who watches. */
  readonly tell?: (text: string) => void;
  /** A program other than the one under test. */
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
      if (wrong !== undefined) throw new StepFailed(`“${step.title}” failed: ${wrong}.`);
      return ended;
    },
    async act(title, action) {
      head(title);
      return action();
    },
    stepsDone: () => done,
  };
}

/** Submits the form behind a link in an email, like a browser. */
export async function submitMailedForm(
  { sandbox, tell }: Stage,
  email: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<void> {
  const link = sandbox.outbox().find(({ to }) => to === email)?.links[0];
  if (link === undefined) throw new StepFailed(`The registry sent no email with a link to ${email}.`);
  tell(`  ${link}`);
  const { origin, pathname, searchParams } = new URL(link);
  const response = await fetch(origin + pathname, {
    method: "POST",
    headers: { origin },
    body: new URLSearchParams({ ...Object.fromEntries(searchParams), ...fields }),
  });
  if (!response.ok) throw new StepFailed(`The page behind the mailed link answered ${response.status}.`);
}

/** Tells whether the registry accepts a key. */
export async function isKeyGood({ sandbox }: Stage, secret: string): Promise<boolean> {
  const headers = { authorization: secret, accept: "application/json", "user-agent": "hexuser-start" };
  const response = await fetch(`${sandbox.apiUrl}/users/me`, { headers });
  return response.status === 200;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
