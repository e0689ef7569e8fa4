import { browserWords, fail, hint } from "@hexuser/core";
import type { Terminal } from "@hexuser/wizard";
import type { Options } from "../argv/options.ts";
import { canOpenBrowser, openBrowser } from "./open-browser.ts";

/** A sign-in page, and the code that the person has to see there. */
interface SignInPage {
  /** Absent if hexuser must not open the page. */
  readonly url: string | undefined;
  readonly code: string;
}

/** Opens pages for the person. */
export interface Pages {
  /** Opens a page at once if there is a browser. Returns whether it tries to. `failed` may be called later. */
  open(url: string, failed: () => void): boolean;
  /** Lets the person open the page or copy the code with a key, until `close`. With --browser, it opens the page at once. */
  offer(page: SignInPage, say: (text: string) => void): void;
  close(): void;
}

/** What `createPages` uses. Tests replace the browser. */
interface PageSurroundings {
  readonly terminal: Terminal;
  readonly canOpen?: typeof canOpenBrowser;
  readonly openNow?: typeof openBrowser;
}

/** Makes what opens pages. Fails with `invalid_input` for flags that contradict each other. */
export function createPages(
  { browser, noBrowser }: Pick<Options, "browser" | "noBrowser">,
  { terminal, canOpen = canOpenBrowser, openNow = openBrowser }: PageSurroundings,
): Pages {
  if (browser === true && noBrowser === true) {
    throw fail("invalid_input", "--browser and --no-browser contradict each other.", {
      hint: hint`leave one of them out.`,
    });
  }
  const isOpenable = (url: string) => noBrowser !== true && (browser === true || canOpen(url));
  let stop = () => {};

  const offer: Pages["offer"] = ({ url, code }, say) => {
    const tell = (text: string) => {
      say(text);
      terminal.status.resume();
    };
    const open = (address: string) => {
      tell(browserWords.opening);
      if (!openNow(address, () => tell(browserWords.notOpened))) tell(browserWords.notOpened);
    };
    const address = url !== undefined && isOpenable(url) ? url : undefined;
    if (address !== undefined && browser === true) open(address);
    const keys = [
      ...(address === undefined ? [] : [`Enter to open the page${browser === true ? " again" : ""}`]),
      "c to copy the code",
    ];
    say(`Press ${keys.join(", or ")}.`);
    stop = terminal.keyboard.watch((typed) => {
      if (/[\r\n]/.test(typed)) {
        if (address !== undefined) open(address);
      } else if (typed.toLowerCase() === "c") {
        // The terminal copies it, also over SSH (OSC 52), and doesn't answer.
        terminal.output.write(`\u001b]52;c;${Buffer.from(code).toString("base64")}\u0007`);
        tell("The code was sent to your clipboard. Some terminals don't allow that.");
      }
      return typed !== "\u001b";
    });
  };
  const close = () => {
    stop();
    stop = () => {};
  };
  return {
    open: (url, failed) => isOpenable(url) && openNow(url, failed),
    offer(page, say) {
      close();
      offer(page, say);
    },
    close,
  };
}
