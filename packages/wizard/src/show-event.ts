import type { Emit } from "@hexuser/core";
import type { WizardRun } from "./wizard-run.ts";

/** Makes what shows the events of an operation between the questions. */
export function createWizardEmit({ host, screen }: Pick<WizardRun, "host" | "screen">): Emit {
  let lastTold = Number.POSITIVE_INFINITY;
  return (event) => {
    switch (event.type) {
      case "device_code":
        lastTold = event.expiresIn;
        screen.gap();
        screen.say(
          "This registry takes no account passwords from programs: you approve the sign-in on its site, in any browser. Open this address:",
        );
        screen.verbatim(event.verificationUriComplete);
        screen.say("and check that it shows this code:");
        screen.verbatim(event.userCode);
        if (host.openPage(event.verificationUriComplete)) screen.say("Opening your browser there.");
        screen.say(
          `Waiting for your approval. ${host.terminal.isPlain ? "Ctrl-C" : "Esc or Ctrl-C"} leaves; nothing is kept then.`,
        );
        return;
      case "device_pending":
        // A line each minute is enough: nothing is redrawn, so that it reads the same everywhere.
        if (lastTold - event.secondsLeft < 60) return;
        lastTold = event.secondsLeft;
        return screen.say(
          `Still waiting; the code is good for ${Math.ceil(event.secondsLeft / 60)} minutes more.`,
        );
      case "open_page":
        screen.say(event.why);
        screen.verbatim(event.url);
        if (host.openPage(event.url)) screen.say("Opening your browser there.");
        return;
      case "retry":
        return screen.say(`${event.why} Trying again in ${event.seconds} s.`);
      case "registry_message":
        return screen.warn(`The registry says: ${event.text}`);
      case "notice":
        return screen.say(event.message);
      case "warning":
        return screen.warn(event.message);
    }
  };
}
