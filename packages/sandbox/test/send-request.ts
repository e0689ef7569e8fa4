import { type IncomingHttpHeaders, request } from "node:http";
import { gunzipSync } from "node:zlib";

/** An answer, its body decompressed. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; undefined if it isn't JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the server sends
  readonly json: any;
}

/**
 * Sends a request as it is given: unlike fetch it adds no user agent, and can name another host.
 * @param headers a user agent is added unless there is one; an empty one is left out
 */
export function sendRequest(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string | Buffer | object,
): Promise<Answer> {
  const isRaw = body === undefined || typeof body === "string" || Buffer.isBuffer(body);
  const sent: Record<string, string> = {
    "user-agent": "sandbox-test",
    ...(!isRaw && { "content-type": "application/json" }),
    ...headers,
  };
  if (sent["user-agent"] === "") {
    delete sent["user-agent"];
  }
  return new Promise((resolve, reject) => {
    // The path goes out as it was given, where a URL would resolve the dots in it.
    const { origin } = new URL(url);
    const path = url.slice(origin.length) || "/";
    const outgoing = request(origin, { path, method, headers: sent, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const bytes = Buffer.concat(chunks);
        const compressed = incoming.headers["content-encoding"] === "gzip" && bytes.length > 0;
        const text = (compressed ? gunzipSync(bytes) : bytes).toString();
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text,
          json: parse(text),
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(isRaw ? body : JSON.stringify(body));
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
