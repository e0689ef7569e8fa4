import { type Transport, TransportError } from "@hexuser/core";

/** Knows what a call may have changed at the registry. */
export interface ChangeWatch {
  readonly http: Transport;
  /** Forgets what was before: another call begins. */
  begin(): void;
  /** A request that changes something got no answer that tells whether it was done. */
  hasUnanswered(): boolean;
  /** The same, or one was done. */
  mayHaveChanged(): boolean;
}

/**
 * Watches the requests of one call at a time. A server with an error of its own (500), and a proxy that got none or a
 * bad answer (502, 504), leave open what was done; one that is unable to handle requests (503) has done nothing
 * (RFC 9110, 15.6).
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
