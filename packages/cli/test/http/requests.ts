import { once } from "node:events";
import net from "node:net";
import { type HttpRequest, TransportError, type TransportErrorKind } from "@hexuser/core";
import { expect } from "vitest";
import { createHttpTransport, type HttpTransportOptions } from "../../src/http/http-transport.ts";
import { listen } from "./servers.ts";

export const secretHeaders = { authorization: "s3cret-api-key", "x-hex-otp": "123456" };

export function send(url: string, request: Partial<HttpRequest> = {}, options: HttpTransportOptions = {}) {
  return createHttpTransport(options)({ method: "GET", url, headers: {}, timeout: 5_000, ...request });
}

/** Returns the error of a request that can't succeed. The error must not repeat the request. */
export async function failureOf(
  url: string,
  request: Partial<HttpRequest> = {},
  options: HttpTransportOptions = {},
) {
  const error = await send(`${url}/secret-path`, { headers: secretHeaders, ...request }, options).then(
    () => expect.unreachable("there was a response"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TransportError);
  const { kind, message } = error as TransportError;
  expect(message).not.toMatch(/s3cret|123456|secret-path|hush|hu(:|%3A)sh/);
  return { kind, message } satisfies { kind: TransportErrorKind; message: string };
}

export async function closedPort(): Promise<number> {
  const server = net.createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
}
