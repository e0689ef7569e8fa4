import type { IncomingMessage } from "node:http";
import type { HttpResponse } from "@hexuser/core";
import { type Destination, refuseResponse } from "./transport-error.ts";

/**
 * Reads a whole response.
 *
 * @param maxBytes the largest body, before and after decompression
 * @throws {TransportError} `too_large`, or `dropped` if the body is incomplete or compressed in an unknown way
 */
export async function readResponse(
  incoming: IncomingMessage,
  maxBytes: number,
  destination: Destination,
): Promise<HttpResponse> {
  const tooLarge = () =>
    refuseResponse(
      "too_large",
      destination,
      `answered with more than this program reads (${maxBytes} bytes)`,
    );
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      throw tooLarge();
    }
    chunks.push(chunk);
  }
  const headers = joinHeaders(incoming.rawHeaders);
  const received = Buffer.concat(chunks);
  spareMemory(received.length);
  const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "";
  if (received.length === 0 || encoding === "" || encoding === "identity") {
    return { status: incoming.statusCode ?? 0, headers, body: received.toString("utf8") };
  }
  if (encoding !== "gzip" && encoding !== "x-gzip") {
    throw refuseResponse("dropped", destination, "answered in a compression that this program does not read");
  }
  const { "content-encoding": _encoding, "content-length": _length, ...others } = headers;
  try {
    const body = process.getBuiltinModule("node:zlib").gunzipSync(received, { maxOutputLength: maxBytes });
    return { status: incoming.statusCode ?? 0, headers: others, body: body.toString("utf8") };
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE"
      ? tooLarge()
      : refuseResponse("dropped", destination, "answered with compressed content that is damaged", error);
  }
}

/** Uses the raw list, because Node's own object drops repeated headers of some names and has arrays for others. */
function joinHeaders(raw: readonly string[]): Record<string, string> {
  const joined = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    const value = raw[at + 1] ?? "";
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(joined);
}

/** Bytes. Answers for ordinary accounts are smaller. */
const large = 256 * 1024;

/**
 * Keeps V8's space for young objects small before parsing a large answer. Otherwise that space grows, and V8 promotes
 * objects that die soon: reading 130,000 keys took 290 MB instead of 150.
 */
function spareMemory(bytes: number): void {
  if (bytes < large) return;
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--max-semi-space-size=2");
}
