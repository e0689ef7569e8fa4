import {
  type JSONRPCMessage,
  parseJSONRPCMessage,
  type RequestId,
  type Transport,
} from "@modelcontextprotocol/server";
import { boundedLines } from "../host/bounded-lines.ts";

/** Bytes of one line. A call of any operation takes a few hundred. */
const longestLine = 1024 * 1024;

/** Requests that may wait for their answers at the same time. */
const mostOpen = 100;

const parseError = -32700;
const invalidRequest = -32600;

export interface LineTransport extends Transport {
  /** Resolves when nothing more comes in. */
  readonly ended: Promise<void>;
  /** Resolves when the input has ended and every request has its answer, or when nobody reads the answers any more. */
  readonly drained: Promise<void>;
}

/**
 * Sends and receives messages as lines of JSON, as the protocol does on standard input and output (MCP 2026-07-28,
 * Transports). Unlike the library's own transport, it limits a line before storing it, answers an invalid message with
 * an error of JSON-RPC 2.0 (section 5.1), and waits for the remaining answers once the input has ended.
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
        // A client that has gone away sends no more requests.
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
      return refuse(invalidRequest, "That isn't a JSON-RPC 2.0 message.", id);
    }
    if ("method" in message) {
      // Subscriptions are answered when the connection ends.
      if ("id" in message && message.method !== "subscriptions/listen") {
        if (open.has(message.id))
          return refuse(invalidRequest, "A request with this id is not answered yet.");
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

  /** Gives up the questions to the client, because nobody will answer them. */
  function abandonAsked(): void {
    for (const id of asked) {
      asked.delete(id);
      transport.onmessage?.({ jsonrpc: "2.0", id, error: { code: -32000, message: "The client has gone." } });
    }
  }
}

/** Finds the id of a value that may be meant as a request. */
function idOf(value: unknown): RequestId | undefined {
  const id = typeof value === "object" && value !== null ? (value as { id?: unknown }).id : undefined;
  const isShort = typeof id === "string" && id.length <= 200;
  return isShort || (typeof id === "number" && Number.isSafeInteger(id)) ? id : undefined;
}
