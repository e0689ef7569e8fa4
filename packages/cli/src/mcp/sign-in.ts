import { randomUUID } from "node:crypto";
import { type Emit, type Event, type Failure, hint, type Outcome, otherHostWarning } from "@hexuser/core";
import { inputRequired, inputResponse, type ServerContext } from "@modelcontextprotocol/server";
import { escapeText } from "../text/escape-text.ts";
import type { PersonChannel } from "./ask-person.ts";

type DeviceCode = Extract<Event, { type: "device_code" }>;

/** Runs the operation, which emits events, until the signal is aborted. */
type RunSignIn = (emit: Emit, signal: AbortSignal) => Promise<Outcome>;

/** The sign-in that a person is approving, while the client continues. There is only one at a time. */
interface Pending {
  readonly id: string;
  readonly outcome: Promise<Outcome>;
  readonly controller: AbortController;
}

/** Sign-ins that a person approves on a page (RFC 8628), across the rounds into which the protocol divides a call. */
export interface SignIns {
  /**
   * Begins a sign-in, or continues the one that the client comes back for. Returns the outcome, or the request that has
   * the client show the page.
   */
  proceed(
    run: RunSignIn,
    ctx: ServerContext,
    channel: PersonChannel,
  ): Promise<Outcome | ReturnType<typeof inputRequired>>;
  /** Ends a sign-in that no client will come back for. */
  abandon(): Promise<void>;
}

export function createSignIns(): SignIns {
  let pending: Pending | undefined;

  return {
    async proceed(run, ctx, channel) {
      const state = ctx.mcpReq.requestState<unknown>();
      return state === undefined ? begin(run, ctx, channel) : goOn(state, ctx);
    },
    async abandon() {
      const left = pending;
      pending = undefined;
      left?.controller.abort();
      await left?.outcome;
    },
  };

  async function begin(run: RunSignIn, ctx: ServerContext, channel: PersonChannel) {
    pending?.controller.abort();
    const controller = new AbortController();
    follow(ctx, controller);
    const { promise: shown, resolve: show } = Promise.withResolvers<DeviceCode>();
    const tell = progress(ctx);
    const outcome = run((event) => {
      if (event.type === "device_code") show(event);
      const text = describe(event);
      if (text !== undefined && !(event.type === "device_code" && channel.url)) tell(text);
    }, controller.signal);
    const id = randomUUID();
    pending = { id, outcome, controller };
    const first = await Promise.race([outcome, channel.url ? shown : outcome]);
    if ("ok" in first) return forget(id, first);
    const approve = inputRequired.elicitUrl({
      url: first.verificationUriComplete,
      message: `Sign in to the registry. Check that the page shows this code: ${printable(first.userCode)}${ofHost(first)}`,
    });
    return inputRequired({ inputRequests: { approve }, requestState: id });
  }

  function forget(id: string, outcome: Outcome): Outcome {
    if (pending?.id === id) pending = undefined;
    return outcome;
  }

  async function goOn(state: unknown, ctx: ServerContext): Promise<Outcome> {
    if (pending === undefined || pending.id !== state) return { ok: false, failure: isOver };
    const { id, controller, outcome } = pending;
    follow(ctx, controller);
    const response = inputResponse(ctx.mcpReq.inputResponses, "approve");
    const isAccepted = response.kind === "elicit" && response.action === "accept";
    if (!isAccepted) controller.abort();
    const ended = forget(id, await outcome);
    return isAccepted || ended.ok ? ended : { ok: false, failure: declined };
  }
}

const isOver: Failure = {
  code: "authentication_refused",
  message: "That sign-in is over.",
  hint: hint`call the tool again, or run \`hexuser auth\` in a terminal.`,
};

const declined: Failure = {
  code: "authentication_refused",
  message: "The person did not open the page, so nobody was signed in.",
  hint: hint`run \`hexuser auth\` in a terminal.`,
};

/** The failure instead of a sign-in whose page nobody would see. */
export const nobodySees: Failure = {
  code: "authentication_required",
  message: "This client has no way of showing the person where to approve a sign-in.",
  hint: hint`the person can run \`hexuser auth\` in a terminal; afterwards the other tools are signed in.`,
};

function follow({ mcpReq: { signal } }: ServerContext, controller: AbortController): void {
  if (signal.aborted) controller.abort();
  signal.addEventListener("abort", () => controller.abort(), { once: true });
}

function describe(event: Event): string | undefined {
  if (event.type === "device_code") {
    return `To sign in, open ${escapeText(event.verificationUriComplete)} in a browser and check that it shows this code: ${printable(event.userCode)}${ofHost(event)}`;
  }
  return event.type === "device_pending"
    ? `Waiting for the approval; the code is good for ${event.secondsLeft} s.`
    : undefined;
}

/** Names another host explicitly, because people easily miss it in the address. */
function ofHost({ otherHost }: DeviceCode): string {
  return otherHost === undefined ? "" : `. ${otherHostWarning(otherHost)}`;
}

/** Makes the code printable, because the registry chose it. */
function printable(userCode: string): string {
  return escapeText(userCode.slice(0, 40));
}

/** Sends texts about the progress of a request, if the client wants them. The protocol requires a number that grows. */
function progress({ mcpReq }: ServerContext): (message: string) => void {
  const progressToken = mcpReq._meta?.progressToken;
  let count = 0;
  return (message) => {
    if (progressToken === undefined) return;
    count += 1;
    const params = { progressToken, progress: count, message };
    mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
  };
}
