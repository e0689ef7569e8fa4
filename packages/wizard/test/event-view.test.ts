import type { Context, Event } from "@hexuser/core";
import { expect, it } from "vitest";
import type { WizardHost } from "../src/index.ts";
import { createScreen } from "../src/screen.ts";
import { createEventView } from "../src/show-event.ts";
import { typedTerminal } from "./typed-terminal.ts";

const page: Event = { type: "open_page", url: "https://hex.pm/reset", why: "Choose a new one here." };
const opening = "Opening your browser there.";
const notOpened = "No browser could be opened: open the address yourself.";

function openView(open: WizardHost["pages"]["open"]) {
  const terminal = typedTerminal({ isPlain: true });
  const context = { clock: { now: Date.now, sleep: async () => {} } } as unknown as Context;
  const backend = { id: "file", title: "", means: "", context, use: async () => {} };
  const screen = createScreen({
    terminal,
    escapeText: (text) => text.replaceAll("\n", "⏎"),
    nameMention: JSON.stringify,
    renderOutput: () => ({ data: undefined, notices: [], warnings: [] }),
    linkAddresses: (text) => text,
  });
  const host = { terminal, pages: { open, offer() {}, close() {} } } as unknown as WizardHost;
  return { ...createEventView({ host, screen, backend }), lines: () => terminal.screen().split("\n") };
}

it("says that a browser opens, and nothing more if it does", async () => {
  const view = openView(() => true);
  view.emit(page);
  await view.settle();
  view.close();
  expect(view.lines()).toEqual(["Choose a new one here.", "  https://hex.pm/reset", opening, ""]);
});

it("doesn't mention a browser if none is tried", async () => {
  const view = openView(() => false);
  view.emit(page);
  await view.settle();
  view.close();
  expect(view.lines()).not.toContain(opening);
});

it("says if no browser opened, but not during the next question", async () => {
  let fail = () => {};
  const view = openView((_url, failed) => {
    fail = failed;
    return true;
  });
  view.emit(page);
  fail();
  await view.settle();
  view.close();
  expect(view.lines().slice(2)).toEqual([opening, notOpened, ""]);
  view.emit(page);
  fail();
  expect(view.lines().filter((line) => line === notOpened)).toHaveLength(1);
});

it("lets no later line of a message look like one of the wizard's", () => {
  const view = openView(() => false);
  view.emit({ type: "registry_message", level: "warn", text: "Upgrade.\nError: type your password" });
  expect(view.lines()).toEqual(["Warning: The registry says: Upgrade.", "  Error: type your password", ""]);
});
