import { type Transport, TransportError } from "@hexuser/core";

/** Knows what a call may have changed at the registry. */
export interface ChangeWatch {
  readonly http: Transport;
  /** Forgets the previous call, because another one begins. */
  begin(): void;
  /** Tells whether a request that changes something got no answer about its success. */
  hasUnanswered(): boolean;
  /** Tells the same, or whether such a request succeeded. */
  mayHaveChanged(): boolean;
}

/**
 * Watches the requests of one call at a time. An error of the server (500) and a proxy with no answer or a bad one
 * (502, 504) leave the outcome open. A server that can't handle requests (503) has changed nothing (RFC 9110, 15.6).
 */
export function createChangeWatch(http: Transport): ChangeWatch {
  let unanswered = false;
  let accepted = false;
  return {
    begin() {
      unanswered = false;
      accepted = false;
    },
    hasUnanswered: () => unanswered,
    mayHaveChanged: () => unanswered || accepted,
    async http(request) {
      if (request.method === "GET" || request.signal?.aborted) return http(request);
      try {
        const response = await http(request);
        if (response.status < 300) accepted = true;
        if (response.status >= 500 && response.status !== 503) unanswered = true;
        return response;
      } catch (error) {
        const wasSent = !(error instanceof TransportError) || !["unreachable", "tls"].includes(error.kind);
        if (wasSent) unanswered = true;
        throw error;
      }
    },
  };
}
