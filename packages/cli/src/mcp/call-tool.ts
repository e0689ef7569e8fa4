import {
  type Answers,
  type AnyOperation,
  type Asker,
  type CallState,
  checkInput,
  type Event,
  type Failure,
  handsOver,
  type Outcome,
  toFailure,
  withFacts,
} from "@hexuser/core";
import type { CallToolResult, McpServer, ServerContext } from "@modelcontextprotocol/server";
import { findDestruction } from "../ask/confirm-destruction.ts";
import { type CallSetup, executeForPerson } from "../ask/execute-for-person.ts";
import type { CommandContext } from "../host/backends.ts";
import type { Reporter } from "../output/reporter.ts";
import {
  answerOf,
  askPerson,
  destructionQuestion,
  type PersonChannel,
  personChannel,
  termsQuestion,
  undecided,
} from "./ask-person.ts";
import { makeKey } from "./make-key.ts";
import { destinationSchema } from "./save-key.ts";
import { nobodySees, type SignIns } from "./sign-in.ts";
import { tellEvent, toToolResult } from "./tool-result.ts";
import type { Tool } from "./tools.ts";

/** The part that all calls of one connection share. */
export interface Connection {
  readonly ctx: CommandContext;
  readonly reporter: Reporter;
  readonly signIns: SignIns;
  readonly tools: readonly Tool[];
  /** The running calls, including cancelled ones that undo what they began. */
  readonly inFlight: Set<Promise<unknown>>;
  /** Backends, besides the one in use, in which a model may store keys. The person named them. */
  readonly allowedBackends: readonly string[];
  /** Aborts when the program has to end. */
  readonly signal: AbortSignal;
  /** Reads the current answers that the person gave for all calls. */
  answers(signal: AbortSignal): Promise<Answers>;
}

/** The result of a step: an outcome, or a question that the client asks the person first. */
type Step = Outcome | ReturnType<typeof askPerson>;

interface Round {
  readonly operation: AnyOperation;
  readonly call: CallState;
  readonly request: ServerContext;
  readonly channel: PersonChannel;
  readonly setup: CallSetup & { readonly ctx: CommandContext };
  readonly connection: Connection;
  readonly args: Readonly<Record<string, unknown>>;
}

/**
 * Runs a call of a tool, or one round of it. If the person has to decide something, it returns a question. The client
 * asks the person and calls again with the answer.
 */
export async function callTool(
  { operation, takes, marked }: Tool,
  args: Readonly<Record<string, unknown>>,
  request: ServerContext,
  { server, connection }: { readonly server: McpServer; readonly connection: Connection },
): Promise<CallToolResult | ReturnType<typeof askPerson>> {
  const told: string[] = [];
  const signal = AbortSignal.any([request.mcpReq.signal, connection.signal]);
  const emit = (event: Event) => {
    const text = tellEvent(event, connection.tools);
    if (text !== undefined) told.push(text);
  };
  let answers: Answers = {};
  let step: Step;
  try {
    checkInput({ ...operation, input: takes }, args);
    answers = pick(await connection.answers(signal), operation);
    const adopt = answerOf("adoptCredentials", request);
    if (adopt !== undefined) answers = { ...answers, adoptCredentials: adopt === true };
    const channel = personChannel(server, request);
    let question: ReturnType<typeof askPerson> | undefined;
    // A question ends this round of the call. The client comes back with the answer.
    const asker: Asker = {
      canAsk: (need) => channel.form && "answer" in need && need.answer === "adoptCredentials",
      async ask({ remarks }) {
        question = askPerson("adoptCredentials", remarks.join("\n"));
        return false;
      },
    };
    const outcome = await takeStep({
      operation,
      call: { input: ownInput(operation, args), answers },
      request,
      channel,
      setup: {
        ctx: { ...connection.ctx, emit, signal },
        ask: { terminal: undefined, reporter: connection.reporter, signal, asker },
      },
      connection,
      args,
    });
    step = question ?? outcome;
  } catch (error) {
    if (error instanceof Error) connection.reporter.detail(error.stack ?? error.message);
    step = { ok: false, failure: toFailure(error, signal) };
  }
  return isOutcome(step) ? toToolResult(step, { marked, told, answers, tools: connection.tools }) : step;
}

function isOutcome(step: Step): step is Outcome {
  return "ok" in step;
}

async function takeStep(round: Round): Promise<Step> {
  const { operation, call, setup, channel, args } = round;
  if (operation.terms !== undefined && call.input[operation.terms] === undefined) {
    const accepted = answerOf("acceptTerms", round.request);
    if (accepted === undefined && channel.form) {
      return askPerson("acceptTerms", termsQuestion(args, setup.ctx));
    }
    if (accepted !== true) return refuse(round, accepted);
    call.input = { ...call.input, [operation.terms]: true };
  }
  if (operation.confirm?.(call.input) !== undefined) {
    const open = await confirm(round);
    if (open !== undefined) return open;
  }
  if (operation.page === "approved") return signIn(round);
  return handsOver(operation)
    ? makeKey(operation, call, destinationSchema.parse(pickDestination(args)), {
        setup,
        allowedBackends: round.connection.allowedBackends,
        ending: round.connection.signal,
      })
    : executeForPerson(operation, call, setup);
}

/** Asks for the account's name, as on a terminal. */
async function confirm(round: Round): Promise<Step | undefined> {
  const { request, channel, setup, call } = round;
  const typed = answerOf("accountName", request);
  if (typed === null || !channel.form) return refuse(round, typed);
  const found = await findDestruction(round.operation, call, setup);
  if (found === undefined || "ok" in found) return found;
  const { name, what } = found;
  if (typed === undefined) return askPerson("accountName", destructionQuestion(name, what));
  return typed === name ? undefined : refuse(round, null);
}

function refuse({ operation, args }: Round, answer: unknown): Outcome {
  const why = answer === undefined ? "unasked" : "declined";
  return { ok: false, failure: undecided(operation, args, why) };
}

async function signIn(round: Round): Promise<Step> {
  const { operation, call, request, channel, setup, connection } = round;
  const canShow = channel.url || channel.progress;
  const methods = await setup.ctx.authMethods();
  const needed = methods.find(({ id }) => id === call.input.method)?.needs;
  if (needed === "browser" && !canShow) return { ok: false, failure: nobodySees };
  const input = withFacts(operation, call.input, { unattended: !canShow });
  const step = await connection.signIns.proceed(
    (emit, signal) => {
      const ctx = {
        ...setup.ctx,
        signal: AbortSignal.any([signal, setup.ctx.signal]),
        emit: (event: Event) => {
          setup.ctx.emit(event);
          emit(event);
        },
      };
      return executeForPerson(
        operation,
        { ...call, input },
        { ctx, ask: { ...setup.ask, signal: ctx.signal } },
      );
    },
    request,
    channel,
  );
  const bringsKey = needed === "key" || call.input.withKey === true;
  if (!isOutcome(step) || step.ok || canShow || bringsKey || !isForPerson(step.failure)) return step;
  return { ok: false, failure: { ...step.failure, hint: nobodySees.hint } };
}

/**
 * Tells whether a sign-in failed because nobody could be asked, at a client that can't show anything. Other failures
 * keep their hints.
 */
function isForPerson({ code, details }: Failure): boolean {
  const isAuthentication = code === "authentication_required" || code === "authentication_refused";
  return isAuthentication && details?.mayHaveHappened !== true;
}

/** Fields that aren't part of the operation's own input. */
const destinationFields = Object.keys(destinationSchema.shape);

function ownInput(operation: AnyOperation, args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (!handsOver(operation)) return { ...args };
  return Object.fromEntries(Object.entries(args).filter(([name]) => !destinationFields.includes(name)));
}

function pickDestination(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).filter(([name]) => destinationFields.includes(name)));
}

function pick(answers: Answers, operation: AnyOperation): Answers {
  return Object.fromEntries(
    Object.entries(answers).filter(([name]) => operation.answers.includes(name as keyof Answers)),
  );
}
