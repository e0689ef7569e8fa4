import type { Transport } from "@hexuser/core";

/** Tells of each request its method, address, status and duration: never a header or a body, which hold secrets. */
export function withTrace(transport: Transport, tell: (line: string) => void): Transport {
  return async (request) => {
    const started = performance.now();
    const line = (outcome: string) =>
      tell(`${request.method} ${withoutQuery(request.url)} → ${outcome} (${elapsed(started)} ms)`);
    try {
      const response = await transport(request);
      line(String(response.status));
      return response;
    } catch (error) {
      line("no answer");
      throw error;
    }
  };
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

function elapsed(started: number): number {
  return Math.round(performance.now() - started);
}
