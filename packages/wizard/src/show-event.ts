import {
  approvalWords,
  browserWords,
  type Emit,
  joinHint,
  otherHostWarning,
  phraseEvent,
  phraseProgress,
} from "@hexuser/core";
import { contextOf, type WizardRun } from "./wizard-run.ts";

/** Shows the events of one operation, until it is closed. */
export interface EventView {
  readonly emit: Emit;
  /** Waits a moment for a browser that can't be opened. */
  settle(): Promise<void>;
  /** Stops showing events, because a question may be open. */
  close(): void;
}

/** Milliseconds. A program that can't open a browser fails within this time. */
const browserPatience = 400;

/** Makes the view that shows the events of an operation between the questions. */
export function createEventView(run: Pick<WizardRun, "host" | "screen" | "backend">): EventView {
  const { host, screen } = run;
  let isClosed = false;
  let opening: Promise<void> | undefined;
  const showAddress = (url: string) => {
    screen.verbatim(url);
    if (host.drawQr !== undefined) screen.verbatim(...host.drawQr(url).split("\n"));
  };
  const openPage = (url: string) => {
    const { promise: hasFailed, resolve } = Promise.withResolvers<void>();
    const failed = () => {
      if (!isClosed) screen.say(browserWords.notOpened);
      resolve();
    };
    if (!host.pages.open(url, failed)) return;
    screen.say(browserWords.opening);
    opening = Promise.race([hasFailed, contextOf(run).clock.sleep(browserPatience)]);
  };
  const settle = async () => {
    await opening;
  };
  const close = () => {
    isClosed = true;
    host.pages.close();
  };
  const emit: Emit = (event) => {
    switch (event.type) {
      case "device_code":
        screen.gap();
        screen.say(
          "This registry takes no account passwords from programs: you approve the sign-in on its site, in any browser. Open this address:",
        );
        showAddress(event.verificationUriComplete);
        screen.say("and check that it shows this code:");
        screen.verbatim(event.userCode);
        if (event.otherHost !== undefined) screen.warn(otherHostWarning(event.otherHost));
        host.pages.offer(
          {
            url: event.otherHost === undefined ? event.verificationUriComplete : undefined,
            code: event.userCode,
          },
          screen.say,
        );
        screen.say(`${host.terminal.isPlain ? "Ctrl-C" : "Esc or Ctrl-C"} leaves; nothing is kept then.`);
        return;
      case "device_pending":
        return host.terminal.status.countDown(event.secondsLeft, approvalWords);
      case "progress":
        return host.terminal.status.show(phraseProgress(event));
      case "open_page":
        screen.say(event.why);
        showAddress(event.url);
        return openPage(event.url);
    }
    const phrase = phraseEvent(event);
    if (phrase !== undefined) {
      const text = joinHint(phrase.text, phrase.hint, host.nameMention);
      (phrase.isWarning ? screen.warn : screen.tell)(text);
    }
  };
  return { emit, settle, close };
}
