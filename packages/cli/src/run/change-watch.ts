import { type Transport, TransportError } from "@hexuser/core";

/** Knows what a call may have changed at the registry. */
export interface ChangeWatch {
  readonly http: Transport;
  /** Forgets what was before: another call begins. */
  begin(): void;
  /** A request that changes something got no answer. */
  hasUnanswered(): boolean;
  /** A request that changes something got no answer, or was not refused. */
  mayHaveChanged(): boolean;
}

/** Watches the requests of one call at a time. */
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
        if (response.status < 300 || response.status >= 500) accepted = true;
        return response;
      } catch (error) {
        const wasSent = !(error instanceof TransportError) || !["unreachable", "tls"].includes(error.kind);
        if (wasSent) unanswered = true;
        throw error;
      }
    },
  };
}
