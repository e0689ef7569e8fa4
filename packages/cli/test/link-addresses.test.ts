import { expect, it } from "vitest";
import { linkAddresses, supportsLinks } from "../src/text/link-addresses.ts";

const link = (url: string) => `\u001b]8;;${url}\u001b\\${url}\u001b]8;;\u001b\\`;

it("makes a link of each address, without what follows it in a sentence", () => {
  expect(linkAddresses("See https://hex.pm/dashboard/security, then http://127.0.0.1:4000/a?b=c.")).toBe(
    `See ${link("https://hex.pm/dashboard/security")}, then ${link("http://127.0.0.1:4000/a?b=c")}.`,
  );
  expect(linkAddresses("\u001b[2mhttps://hex.pm\u001b[22m")).toBe(
    `\u001b[2m${link("https://hex.pm")}\u001b[22m`,
  );
});

it.each([
  [{}, false],
  [{ TERM: "xterm-256color" }, false],
  [{ TERM: "xterm-kitty" }, true],
  [{ TERM_PROGRAM: "iTerm.app", TERM_PROGRAM_VERSION: "3.0.15" }, false],
  [{ TERM_PROGRAM: "iTerm.app", TERM_PROGRAM_VERSION: "3.5.2" }, true],
  [{ VTE_VERSION: "5000" }, false],
  [{ VTE_VERSION: "7600" }, true],
  [{ VTE_VERSION: "7600", TMUX: "/tmp/tmux-0/default" }, false],
  [{ WT_SESSION: "x", FORCE_HYPERLINK: "0" }, false],
  [{ TERM: "dumb", FORCE_HYPERLINK: "1" }, true],
])("finds the terminals that show links: %j", (env, expected) => {
  expect(supportsLinks(env)).toBe(expected);
});
