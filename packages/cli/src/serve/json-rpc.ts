import { z } from "zod";

/** Identifies a request until it's answered. */
export type RequestId = string | number;

/** A request, or a notification if it has no id. */
export interface RpcRequest {
  readonly id: RequestId | undefined;
  readonly method: string;
  readonly params: unknown;
}

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** Errors of the protocol itself (JSON-RPC 2.0, 5.1). */
export const protocolErrors = {
  parseError: { code: -32700, message: "That is no JSON." },
  tooLong: { code: -32700, message: "The line is too long." },
  invalidRequest: { code: -32600, message: "That isn't a JSON-RPC 2.0 request." },
  idInUse: { code: -32600, message: "A request with this id is not answered yet." },
  methodNotFound: { code: -32601, message: "There is no such operation." },
  invalidParams: { code: -32602, message: "The params don't fit the operation." },
} as const satisfies Readonly<Record<string, RpcError>>;

const requestSchema = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string().max(256), z.number()]).optional(),
  method: z.string(),
  params: z.unknown().optional(),
});

/** The requests of one line, valid or not. A batch is answered as a whole. */
export interface Message {
  readonly isBatch: boolean;
  readonly requests: readonly (RpcRequest | { readonly error: RpcError })[];
}

const longestBatch = 1000;

/** Reads one message (JSON-RPC 2.0, 4 and 6). It never throws: an invalid request becomes an error in the list. */
export function readMessage(text: string): Message {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { isBatch: false, requests: [{ error: protocolErrors.parseError }] };
  }
  if (!Array.isArray(value)) return { isBatch: false, requests: [readRequest(value)] };
  if (value.length === 0 || value.length > longestBatch) {
    return { isBatch: false, requests: [{ error: protocolErrors.invalidRequest }] };
  }
  return { isBatch: true, requests: value.map(readRequest) };
}

function readRequest(value: unknown): RpcRequest | { error: RpcError } {
  const { success, data } = requestSchema.safeParse(value);
  return success
    ? { id: data.id, method: data.method, params: data.params }
    : { error: protocolErrors.invalidRequest };
}

export function resultResponse(id: RequestId, result: unknown): object {
  return { jsonrpc: "2.0", id, result };
}

/** @param id `null` if it's unknown which request this is about */
export function errorResponse(id: RequestId | null, error: RpcError): object {
  return { jsonrpc: "2.0", id, error };
}

export function notification(method: string, params: object): object {
  return { jsonrpc: "2.0", method, params };
}
