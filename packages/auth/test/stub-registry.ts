import http from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** The fields of the received form or JSON. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, or `drop` to close the connection instead. */
export type Reply = Answer | "drop";

export interface StubRegistry {
  readonly apiUrl: string;
  readonly received: Received[];
  /** Adds answers for a path. The last one is repeated. */
  reply(path: string, ...replies: Reply[]): void;
  close(): Promise<void>;
}

/** A registry with the answers of the test. It answers 404 to everything else. */
export async function startStubRegistry(): Promise<StubRegistry> {
  const received: Received[] = [];
  const replies = new Map<string, Reply[]>();
  const server = http.createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) {
      body += chunk;
    }
    const path = (request.url ?? "").replace(/^\/api/, "");
    const isJson = request.headers["content-type"]?.startsWith("application/json");
    const fields = isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
    received.push({ path, headers: request.headers, body, fields });
    const queue = replies.get(path) ?? [notFound];
    const reply = (queue.length > 1 ? queue.shift() : queue[0]) ?? notFound;
    if (reply === "drop") {
      request.socket.destroy();
      return;
    }
    const { status, json, text, headers } = reply;
    const type = text === undefined ? "application/json; charset=utf-8" : "text/html";
    response.writeHead(status, { "content-type": type, ...headers }).end(text ?? JSON.stringify(json));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}/api`,
    received,
    reply: (path, ...more) => replies.set(path, [...(replies.get(path) ?? []), ...more]),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The recorded answers of a current registry, with shorter tokens. */
export const notFound: Answer = { status: 404, json: { message: "Page not found", status: 404 } };
export const deviceCode = {
  interval: 5,
  expires_in: 600,
  user_code: "9VSKSF54",
  device_code: "device-code-s3cret",
  verification_uri: "http://127.0.0.1:4045/oauth/device",
  verification_uri_complete: "http://127.0.0.1:4045/oauth/device?user_code=9VSKSF54",
};
export const tokens = {
  scope: "api:read api:write repository:hexpm repository:acme",
  refresh_token: "refresh-token-s3cret",
  access_token: "access-token-s3cret",
  expires_in: 1800,
  token_type: "bearer",
};
export const ok = (json: unknown): Answer => ({ status: 200, json });
export const refused = (status: number, error: string, description: string): Answer => ({
  status,
  json: { error, error_description: description },
});
export const pending = refused(400, "authorization_pending", "Authorization pending");
export const slowDown = refused(400, "slow_down", "Slow down");
export const denied = refused(403, "access_denied", "Authorization denied by user");
export const expired = refused(400, "expired_token", "Device code has expired");
export const invalidClient = refused(401, "invalid_client", "Invalid client");
export const revokedToken = refused(400, "invalid_grant", "Refresh token has been revoked");
