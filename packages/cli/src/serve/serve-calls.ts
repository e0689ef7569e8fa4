import {
  type Answers,
  type AnyOperation,
  answersSchema,
  type Context,
  deliverySchema,
  execute,
  type Failure,
  settle,
} from "@hexuser/core";
import { z } from "zod";
import { publishEvent, publishFailure } from "../argv/phrase-hint.ts";
import { issuesOf } from "../ask/given-answers.ts";
import { boundedLines, type Line } from "../host/bounded-lines.ts";
import { executeDelivering } from "../output/delivery.ts";
import { exitCodeOf } from "../output/exit-code.ts";
import { type Lost, lostSecret } from "../output/lost-secret.ts";
import { toSafeJson } from "../text/escape-text.ts";
import {
  errorResponse,
  type Message,
  notification,
  protocolErrors,
  type RequestId,
  type RpcRequest,
  readMessage,
  resultResponse,
} from "./json-rpc.ts";

/** The parts that are needed to serve. */
export interface Served {
  readonly operations: readonly AnyOperation[];
  readonly context: Context;
  /** Answers for every call. The answers of a call take precedence. */
  readonly answers: Answers;
  /** Ends or fails when the context's signal is aborted. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Writes a line. Resolves when there is room for the next one, with whether a reader took the line. */
  write(line: string): Promise<boolean>;
  /** Reports an answer elsewhere that reached nobody and can't be had again. */
  tellLost(failure: Failure): void;
}

/** The response to a request. */
interface Answer {
  readonly response: object;
  /** The failure to report elsewhere if the response reaches nobody. */
  readonly lost?: Lost | undefined;
  /** Finishes the operation after the response was written or got lost. */
  readonly settle?: ((isDelivered: boolean) => Promise<void>) | undefined;
}

/** Bytes of one line. */
const longestLine = 1024 * 1024;
/** Calls that are executed at the same time. */
const atOnce = 16;
/** Messages that may wait. Reading pauses while more are waiting, so that their number is limited. */
const mostWaiting = 1024;

const callSchema = z.strictObject({
  input: z.record(z.string(), z.unknown()).default({}),
  answers: answersSchema().optional(),
  deliver: deliverySchema().optional(),
});
const cancelSchema = z.object({ id: z.union([z.string(), z.number()]) });

/**
 * Executes the operations that JSON-RPC 2.0 requests name, one message per line. Several run at the same time, and each
 * is answered when it's done. Ends when the input has ended and all requests are answered, or when the context's signal
 * is aborted.
 */
export async function serveCalls(served: Served): Promise<void> {
  const { context, operations, write } = served;
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const open = new Map<RequestId, AbortController>();
  const room = createRoom(atOnce, mostWaiting);

  async function answer(request: RpcRequest, controller: AbortController): Promise<Answer> {
    const id = request.id as RequestId;
    try {
      const operation = byId.get(request.method);
      if (operation === undefined) return { response: errorResponse(id, protocolErrors.methodNotFound) };
      const call = callSchema.safeParse(request.params ?? {});
      if (!call.success)
        return {
          response: errorResponse(id, { ...protocolErrors.invalidParams, data: issuesOf(call.error) }),
        };
      const signal = AbortSignal.any([context.signal, controller.signal]);
      const emit: Context["emit"] = (event) =>
        void write(toSafeJson(notification("event", { id, event: publishEvent(event) }), "line"));
      const { input, answers, deliver } = call.data;
      const ctx = { ...context, emit, signal };
      const given = { ...served.answers, ...answers };
      const settleCall = (output: Record<string, unknown>, isDelivered: boolean) =>
        settle(operation, output, ctx, given, isDelivered);
      const outcome = await executeDelivering(
        { operation, deliver },
        () => execute(operation, input, ctx, given),
        (output) => settleCall(output, false),
      );
      if (outcome.ok)
        return {
          response: resultResponse(id, outcome.output),
          lost: lostSecret(operation, outcome.output),
          async settle(isDelivered) {
            const end = await settleCall(outcome.output, isDelivered);
            if (end.ok) return;
            emit({ type: "warning", message: end.failure.message, hint: end.failure.hint });
            served.tellLost(end.failure);
          },
        };
      const { failure } = outcome;
      return {
        response: errorResponse(id, {
          code: exitCodeOf(failure),
          message: failure.message,
          data: publishFailure(failure),
        }),
        lost: failure.details?.mayHaveHappened === true ? () => failure : undefined,
      };
    } finally {
      open.delete(id);
    }
  }

  /**
   * A notification gets no answer. The only known one is `cancel`. hexuser doesn't execute an operation whose outcome
   * nobody gets.
   */
  function take(request: Message["requests"][number]): Promise<Answer | undefined> {
    if ("error" in request) return Promise.resolve({ response: errorResponse(null, request.error) });
    if (request.id === undefined) {
      const cancel = request.method === "cancel" ? cancelSchema.safeParse(request.params) : undefined;
      if (cancel?.success) open.get(cancel.data.id)?.abort();
      return Promise.resolve(undefined);
    }
    if (open.has(request.id))
      return Promise.resolve({ response: errorResponse(request.id, protocolErrors.idInUse) });
    const controller = new AbortController();
    open.set(request.id, controller);
    return room.enter(() => answer(request, controller));
  }

  async function respond({ isBatch, requests }: Message): Promise<void> {
    const answers = (await Promise.all(requests.map(take))).filter((answer) => answer !== undefined);
    if (answers.length === 0) return;
    const responses = answers.map(({ response }) => response);
    const isRead = await write(toSafeJson(isBatch ? responses : responses[0], "line"));
    for (const { lost, settle: settleCall } of answers) {
      if (!isRead && lost !== undefined) served.tellLost(lost());
      await settleCall?.(isRead);
    }
  }

  const pending = new Set<Promise<void>>();
  try {
    for await (const line of boundedLines(served.input, longestLine)) {
      const done = respond(messageOf(line));
      pending.add(done);
      void done.finally(() => pending.delete(done));
      await room.hasSpace();
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
  }
  await Promise.all(pending);
}

function messageOf(line: Line): Message {
  return "text" in line
    ? readMessage(line.text)
    : { isBatch: false, requests: [{ error: protocolErrors.tooLong }] };
}

/** Lets that many in at the same time. The others wait in their order. */
function createRoom(places: number, seats: number) {
  const waiting: (() => void)[] = [];
  let inside = 0;
  let spaceLeft: (() => void) | undefined;
  const leave = () => {
    inside -= 1;
    waiting.shift()?.();
    if (waiting.length < seats) spaceLeft?.();
  };
  return {
    async enter<T>(run: () => Promise<T>): Promise<T> {
      if (inside >= places) await new Promise<void>((resolve) => waiting.push(resolve));
      inside += 1;
      try {
        return await run();
      } finally {
        leave();
      }
    },
    hasSpace(): Promise<void> | undefined {
      if (waiting.length < seats) return undefined;
      return new Promise((resolve) => {
        spaceLeft = resolve;
      });
    },
  };
}
