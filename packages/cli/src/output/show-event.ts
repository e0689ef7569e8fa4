import { browserWords, type Emit, type Event, otherHostWarning, phraseEvent } from "@hexuser/core";
import { withHint } from "../argv/phrase-hint.ts";
import type { Reporter } from "./reporter.ts";

export interface EventView {
  readonly reporter: Reporter;
  /** Opens a page in the browser and tells whether it tries to; none where nothing may be opened. */
  readonly open?: ((url: string, failed: () => void) => boolean) | undefined;
  /** Draws an address as a QR code of block characters; none where nobody asked for that. */
  readonly drawQr?: ((url: string) => string) | undefined;
}

/** Makes what shows the events of an operation while it runs. */
export function createEmit({ reporter, open, drawQr }: EventView): Emit {
  return (event) => {
    switch (event.type) {
      case "device_code":
        return showDeviceCode(event, { reporter, open, drawQr });
      case "device_pending":
        return reporter.progress(
          `Waiting for your approval; the code is good for ${clock(event.secondsLeft)}.`,
        );
      case "open_page":
        reporter.instruction(`${event.why}\n${event.url}`);
        if (drawQr !== undefined) reporter.instruction(`\n${drawQr(event.url)}`);
        open?.(event.url, () => reporter.notice(browserWords.notOpened));
        return;
    }
    const phrase = phraseEvent(event);
    if (phrase === undefined) return;
    (phrase.isWarning ? reporter.warning : reporter.notice)(withHint(phrase.text, phrase.hint));
  };
}

function showDeviceCode(
  event: Extract<Event, { type: "device_code" }>,
  { reporter, open, drawQr }: EventView,
): void {
  reporter.instruction("To sign in, open this address in a browser:");
  reporter.instruction(`  ${event.verificationUriComplete}`);
  if (drawQr !== undefined) reporter.instruction(`\n${drawQr(event.verificationUriComplete)}`);
  reporter.instruction(`and check that it shows this code: ${event.userCode}`);
  if (event.otherHost !== undefined) {
    reporter.warning(otherHostWarning(event.otherHost));
    return;
  }
  const failed = () => reporter.notice(browserWords.notOpened);
  if (open?.(event.verificationUriComplete, failed)) reporter.notice(browserWords.opening);
}

/** 595 → "9:55" */
function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
