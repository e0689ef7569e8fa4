import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Answers, Failure, Outcome } from "@hexuser/core";
import { commandLine } from "hexuser/command-line";
import { operations } from "hexuser/operations";
import type { Machine } from "../hexuser-environment.ts";
import { failureOf, type McpOptions, openMcp } from "../mcp/mcp-session.ts";
import { runHexuser } from "../run-hexuser.ts";
import { startServing } from "../serve/serve-process.ts";
import type { Setting } from "../setting.ts";
import type { PlainCall } from "./twenty-calls.ts";

/** A model can't decide for the person and gets no secret. The secret goes to a file. */
function argumentsOf({ operation, input }: PlainCall, { home }: Machine): Record<string, unknown> {
  const { acceptTerms, ...rest } = input;
  if (operation !== "key.generate") return rest;
  return { ...rest, saveTo: join(home, randomUUID()) };
}

/** Executes calls one after the other, all with the same answers. */
export type ExecuteCalls = (
  calls: readonly PlainCall[],
  answers: Answers,
  setting: Setting,
) => Promise<readonly Outcome[]>;

/** Every way to execute calls, by its name. */
export const frontEnds: Readonly<Record<string, ExecuteCalls>> = {
  async "a direct execute"(calls, answers, { machine }) {
    const script = fileURLToPath(new URL("./execute-directly.ts", import.meta.url));
    const { stdout, stderr } = await runHexuser([script], {
      machine,
      program: process.execPath,
      stdin: JSON.stringify({ calls, answers }),
    });
    if (stderr !== "") throw new Error(stderr);
    return stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  },

  async "the flags of commands"(calls, answers, setting) {
    const outcomes: Outcome[] = [];
    for (const call of calls) outcomes.push(await runCommand(call, answers, setting));
    return outcomes;
  },

  async run(calls, answers, { machine }) {
    const secrets = join(machine.home, "answers.json");
    writeFileSync(secrets, JSON.stringify(answers), { mode: 0o600 });
    const { stdout } = await runHexuser(["run", "-", "--continue", "--yes", "--secrets-from", secrets], {
      machine,
      stdin: calls.map((call) => JSON.stringify(call)).join("\n"),
    });
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    return lines.map(({ call, operation, ...outcome }) => outcome as Outcome);
  },

  async mcp(calls, answers, setting) {
    const { machine } = setting;
    const secrets = join(machine.home, "answers.json");
    writeFileSync(secrets, JSON.stringify(answers), { mode: 0o600 });
    const { call, close } = await openMcp({
      machine,
      args: ["--allow", "write", "--allow", "destroy", "--secrets-from", secrets],
      capabilities: { elicitation: { form: {} } },
      onElicit: personOf(setting),
    });
    const outcomes: Outcome[] = [];
    for (const one of calls) {
      const result = await call(one.operation.replaceAll(".", "_"), argumentsOf(one, machine));
      outcomes.push(
        result.isError === true
          ? { ok: false, failure: failureOf(result) as unknown as Failure }
          : { ok: true, output: result.structuredContent as Record<string, unknown> },
      );
    }
    await close();
    return outcomes;
  },

  async serve(calls, answers, { machine }) {
    const hexuser = startServing(machine);
    const outcomes: Outcome[] = [];
    for (const { operation, input } of calls) {
      const { result, error } = await hexuser.call(operation, { input, answers });
      outcomes.push(
        result === undefined
          ? { ok: false, failure: error?.data as unknown as Failure }
          : { ok: true, output: result },
      );
    }
    await hexuser.close();
    return outcomes;
  },
};

/** The person accepts the terms, and types the account's name before all keys are revoked. */
function personOf({ account }: Setting): NonNullable<McpOptions["onElicit"]> {
  return ({ message }) => {
    const content = /terms/.test(message) ? { acceptTerms: true } : { accountName: account.username };
    return { action: "accept", content };
  };
}

/** Runs a command as a script does: with answers in flags or on standard input, and the outcome as JSON. */
async function runCommand(
  { operation: id, input }: PlainCall,
  answers: Answers,
  { machine }: Setting,
): Promise<Outcome> {
  const operation = operations.find((one) => one.id === id);
  if (operation === undefined) throw new Error(`There is no operation ${id}.`);
  const has = (name: keyof Answers) => operation.answers.includes(name) && answers[name] !== undefined;
  const more = [
    "--json",
    ...(has("otp") ? ["--otp", answers.otp ?? ""] : []),
    ...(has("accountPassword") ? ["--password-stdin"] : []),
    ...(has("localPassword") && !has("newLocalPassword") ? ["--local-password-stdin"] : []),
    ...(operation.confirm === undefined ? [] : ["--yes"]),
  ];
  const secrets = (["accountPassword", "localPassword"] as const).filter(has).map((name) => answers[name]);
  const { stdout } = await runHexuser(wordsOf(commandLine(operation, input, more)), {
    machine,
    stdin: `${secrets.join("\n")}\n`,
  });
  return JSON.parse(stdout) as Outcome;
}

/** Splits a command line into words, without the program. None of these calls has a quote in a word. */
function wordsOf(line: string): string[] {
  return (line.match(/'[^']*'|\S+/g) ?? []).slice(1).map((word) => word.replaceAll("'", ""));
}
