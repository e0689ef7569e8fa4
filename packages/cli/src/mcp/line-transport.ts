import {
  type JSONRPCMessage,
  parseJSONRPCMessage,
  type RequestId,
  type Transport,
} from "@modelcontextprotocol/server";
import { boundedLines } from "../host/bounded-lines.ts";

/** Bytes of one line; a call of any operation takes a few hundred. */
const longestLine = 1024 * 1024;

/** Requests that may wait for their answers at a time. */
const mostOpen = 100;

const parseError = -32700;
const invalidRequest = -32600;

export interface LineTransport extends Transport {
  /** Fulfilled when nothing more comes in. */
  readonly ended: Promise<void>;
  /** Fulfilled when the input has ended and every request has its answer, or when nobody reads the answers any more. */
  readonly drained: Promise<void>;
}

/**
 * Messages as lines of JSON, as the protocol has them on standard input and output (MCP 2026-07-28, Transports).
 * Other than the library's own it bounds a line before it is kept, answers what is no message with an error of
 * JSON-RPC 2.0 (section 5.1), and once the input has ended it waits for the answers that are still due.
 *
 * @param whenUnread is called with each message that could not be written
 */
export function createLineTransport(
  input: AsyncIterable<Uint8Array>,
  output: NodeJS.WritableStream,
  signal: AbortSignal,
  whenUnread: (message: object) => void,
): LineTransport {
  const open = new Set<RequestId>();
  const asked = new Set<RequestId>();
  const { promise: drained, resolve: drain } = Promise.withResolvers<void>();
  let hasEnded = false;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const stop = () => {
    end();
    drain();
  };
  const settle = () => {
    if (hasEnded && open.size === 0) drain();
  };
  const write = (message: object) =>
    new Promise<void>((resolve) => {
      output.write(`${JSON.stringify(message)}\n`, (error) => {
        // A client that has gone away asks for nothing more.
        if (error) {
          whenUnread(message);
          stop();
        }
        resolve();
      });
    });
  const refuse = (code: number, message: string, id?: RequestId) =>
    write({ jsonrpc: "2.0", id: id ?? null, error: { code, message } });

  const transport: LineTransport = {
    ended,
    drained,
    async start() {
      signal.addEventListener("abort", stop, { once: true });
      void read().catch(stop);
    },
    async send(message) {
      if ("method" in message && "id" in message) asked.add(message.id);
      await write(message);
      if ("method" in message && hasEnded) abandonAsked();
      if (!("method" in message) && message.id !== undefined) {
        open.delete(message.id);
        settle();
      }
    },
    async close() {
      stop();
      transport.onclose?.();
    },
  };
  return transport;

  async function read(): Promise<void> {
    for await (const line of boundedLines(input, longestLine)) {
      if ("tooLong" in line) await refuse(invalidRequest, `A line has at most ${longestLine} bytes.`);
      else await receive(line.text);
    }
    hasEnded = true;
    end();
    abandonAsked();
    settle();
  }

  async function receive(text: string): Promise<void> {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return refuse(parseError, "That line is no JSON.");
    }
    const id = idOf(value);
    let message: JSONRPCMessage;
    try {
      message = parseJSONRPCMessage(value);
    } catch {
      return refuse(invalidRequest, "That is no message of JSON-RPC 2.0.", id);
    }
    if ("method" in message) {
      // Subscriptions are answered when the connection ends.
      if ("id" in message && message.method !== "subscriptions/listen") {
        if (open.has(message.id)) return refuse(invalidRequest, "A request of this id is not answered yet.");
        if (open.size >= mostOpen) return refuse(invalidRequest, "Too many requests wait for answers.", id);
        open.add(message.id);
      } else if (message.method === "notifications/cancelled") {
        open.delete((message.params as { requestId?: RequestId } | undefined)?.requestId ?? "");
      }
    } else if (message.id !== undefined) {
      asked.delete(message.id);
    }
    transport.onmessage?.(message);
  }

  /** What the client was asked is not going to be answered. */
  function abandonAsked(): void {
    for (const id of asked) {
      asked.delete(id);
      transport.onmessage?.({ jsonrpc: "2.0", id, error: { code: -32000, message: "The client has gone." } });
    }
  }
}

/** Of anything: the id of the request that it may have been meant to be. */
function idOf(value: unknown): RequestId | undefined {
  const id = typeof value === "object" && value !== null ? (value as { id?: unknown }).id : undefined;
  const isShort = typeof id === "string" && id.length <= 200;
  return isShort || (typeof id === "number" && Number.isSafeInteger(id)) ? id : undefined;
}
