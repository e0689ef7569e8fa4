import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failureCodes } from "@hexuser/core";
import { keyList, whoami } from "@hexuser/core/operations";
import stringWidth from "fast-string-width";
import { describe, expect, it } from "vitest";
import { readInteraction } from "../src/host/interaction.ts";
import { hasBrowser, isSafe, openBrowser } from "../src/host/open-browser.ts";
import { exitCodeOf } from "../src/output/exit-code.ts";
import { renderOutput, type Shown } from "../src/output/render-output.ts";
import { createEmit, createReporter } from "../src/output/reporter.ts";
import { completion, licenses } from "../src/program/command-list.ts";
import { escapeLines, escapeText, toSafeJson } from "../src/text/escape-text.ts";
import { terminalColumns } from "../src/text/terminal-columns.ts";
import { wrapText } from "../src/text/wrap-text.ts";

describe("foreign text", () => {
  it("can't command the terminal", () => {
    expect(escapeText("\u001b[2Jgone\u0007")).toBe("\\u001b[2Jgone\\u0007");
    expect(escapeText("\u009b31mred")).toBe("\\u009b31mred");
    expect(escapeText("abc\u202edef\u2066")).toBe("abc\\u202edef\\u2066");
    expect(escapeText("Zürich 東京 👍")).toBe("Zürich 東京 👍");
  });

  it("of several lines can't look like a line of hexuser", () => {
    expect(escapeLines("no\nTo fix: run rm -rf ~\r")).toBe("no\n  To fix: run rm -rf ~\\u000d");
  });

  it("is safe in JSON, too, and keeps its value", () => {
    const value = { name: "a\u009b31m\u202e\nb" };
    const text = toSafeJson(value);
    expect(text).not.toMatch(/[\u0080-\u009f\u202e]/);
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe("an output", () => {
  const render = (operation: Shown, output: Record<string, unknown>) =>
    renderOutput(operation, output, { colors: { out: false, error: false }, width: undefined, isTsv: false });

  it("stays on one line if it comes from elsewhere", () => {
    const credential = { name: null, madeAt: null, expiresAt: null, permissions: null };
    expect(render(whoami, { username: "a\nb", credential, organizations: null }).data).toBe("a\\u000ab");
  });

  it("from hexuser itself keeps its lines", () => {
    const text = "one\n\ttwo\n";
    expect(render(completion, { script: text }).data).toBe("one\n\ttwo");
    expect(render(licenses, { text }).data).toBe("one\n\ttwo");
  });
});

describe("a list", () => {
  const now = Date.parse("2026-11-28T12:00:00Z");
  const key = (name: string, permissions: string[], usedAt?: string, expiresAt: string | null = null) => ({
    ...{ name, permissions, lastUse: usedAt === undefined ? null : { usedAt }, expiresAt },
    ...{ createdAt: "2026-11-24T14:12:00.1Z", inUse: name === "東京" },
  });
  const keys = [
    key("東京", ["api"], "2026-11-26T11:00:00Z"),
    key("ci", ["api:read", "package:acme/decimal", "docs:acme"], undefined, "2027-02-26T09:00:00.5Z"),
  ];
  const render = (listed: readonly object[], width: number | undefined, isTsv = false) =>
    renderOutput(keyList, { keys: listed }, { colors: { out: false, error: false }, width, isTsv }, now);

  it("tells times in words, and marks what this machine uses, on a wide terminal", () => {
    expect(render(keys, 120).data).toMatchInlineSnapshot(`
      "  Name  Permissions                                Last use    Expires                  Created
      * 東京  api                                        2 days ago  never                    4 days ago
        ci    api:read, package:acme/decimal, docs:acme  never       2027-02-26, in 3 months  4 days ago

      * This machine uses this key.
      Dates are in UTC."
    `);
  });

  it("tells only days, and wraps between words, on a narrower one", () => {
    expect(render(keys, 70).data).toMatchInlineSnapshot(`
      "  Name  Permissions                 Last use    Expires     Created
      * 東京  api                         2026-11-26  never       2026-11-24
        ci    api:read,                   never       2027-02-26  2026-11-24
              package:acme/decimal,
              docs:acme

      * This machine uses this key.
      Dates are in UTC."
    `);
  });

  it("has a block per row below 60 columns", () => {
    expect(render(keys, 40).data).toMatchInlineSnapshot(`
      "* 東京
          Permissions  api
          Last use     2 days ago
          Expires      never
          Created      4 days ago

        ci
          Permissions  api:read,
                       package:acme/decimal,
                       docs:acme
          Last use     never
          Expires      2027-02-26, in 3 months
          Created      4 days ago

      * This machine uses this key.
      Dates are in UTC."
    `);
  });

  it.each([20, 39, 40, 59, 60, 61, 72, 80, 100, 120])("fits into %i columns, and is complete", (width) => {
    const long = [
      key("Q".repeat(70), ["repository:an_organization_with_a_long_name"]),
      key("名".repeat(45), ["api"]),
    ];
    const { data = "" } = render([...keys, ...long], width);
    for (const line of data.split("\n")) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    expect(data.match(/[Q名]/g)).toHaveLength(70 + 45);
    expect(data).not.toContain("…");
  });

  it("has one complete line per row in a pipe, with the registry's times", () => {
    const name = "x".repeat(300);
    const { data } = render([key(`${name}\u001b`, ["api"])], undefined);
    expect(data).toContain(`${name}\\u001b  api`);
    expect(data).toContain("2026-11-24T14:12:00.1Z");
  });

  it("as tab-separated values has only a line per row", () => {
    expect(render([...keys, key("a\tb\nc", [])], 80, true).data).toBe(
      [
        "東京\tapi\t2026-11-26T11:00:00Z\t\t2026-11-24T14:12:00.1Z\tyes",
        "ci\tapi:read, package:acme/decimal, docs:acme\t\t2027-02-26T09:00:00.5Z\t2026-11-24T14:12:00.1Z\t",
        "a\\u0009b\\u000ac\t\t\t\t2026-11-24T14:12:00.1Z\t",
      ].join("\n"),
    );
  });

  it.each([
    ["2026-11-28T18:00:00Z", "expires in 6 hours, on 2026-11-28 18:00 UTC"],
    ["2026-12-12T12:00:00Z", "expires in 14 days"],
    ["2026-12-13T12:00:00Z", undefined],
    ["2026-11-27T11:00:00Z", "expired 1 day ago"],
    ["soon", undefined],
    [null, undefined],
  ])("warns about a key that expires at %s: %s", (expiresAt, warning) => {
    const { warnings } = render([key("ci", ["api"], undefined, expiresAt)], 80);
    expect(warnings).toEqual(warning === undefined ? [] : [expect.stringContaining(`The key ci ${warning}`)]);
  });
});

describe("a sentence", () => {
  it.each([
    [20, "To fix: run `hexuser auth`.", "To fix: run\n`hexuser auth`."],
    [12, "  1. one two three\nfour", "  1. one two\n     three\nfour"],
    [10, "at https://hex.example/long is", "at\nhttps://hex.example/long\nis"],
    [8, "東京 東京 東京", "東京\n東京\n東京"],
    [undefined, "as long as it is", "as long as it is"],
  ])("is wrapped at %s columns between words", (columns, text, expected) => {
    expect(wrapText(text, columns)).toBe(expected);
  });

  it("is wrapped at 80 columns if the terminal reports none, or 0", () => {
    expect([{}, { columns: 0 }, { columns: 20 }].map(terminalColumns)).toEqual([80, 80, 20]);
    const stdout = { isTTY: true, columns: 0 };
    expect(readInteraction({}, {}, { stdin: {}, stdout, stderr: {} }).width).toBe(80);
  });
});

describe("the browser", () => {
  const streams = { stdin: {}, stdout: {}, stderr: {} };
  const quiet = readInteraction({ quiet: true }, {}, streams);

  it.each([
    ["https://hex.pm/oauth/device", true],
    ["http://127.0.0.1:4000/oauth/device", true],
    ["http://[::1]/", true],
    ["http://sub.localhost/", true],
    ["https://hex.pm@evil.example/", false],
    ["https://user:pw@hex.pm/", false],
    ["http://hex.example/", false],
    ["http://127.0.0.1.example.org/", false],
    ["file:///etc/passwd", false],
    ["--help", false],
  ])("shows only encrypted and local pages: %s %s", (url, expected) => {
    expect(isSafe(url)).toBe(expected);
  });

  it("doesn't open for a sign-in page on another host than the registry's, and hexuser names the host", () => {
    for (const otherHost of [undefined, "evil.example"]) {
      const told: string[] = [];
      const opened: string[] = [];
      const tell = (text: string) => void told.push(text);
      const offered: unknown[] = [];
      const emit = createEmit({
        reporter: { ...createReporter(quiet), instruction: tell, notice: tell, warning: tell },
        pages: { open: (url) => opened.push(url) > 0, offer: (page) => offered.push(page), close() {} },
      });
      const page = "https://hex.example/device";
      emit({
        type: "device_code",
        userCode: "ABCD-EFGH",
        verificationUri: page,
        verificationUriComplete: page,
        expiresIn: 600,
        ...(otherHost === undefined ? {} : { otherHost }),
      });
      expect(opened).toEqual([]);
      expect(offered).toEqual([{ url: otherHost === undefined ? page : undefined, code: "ABCD-EFGH" }]);
      expect(told.some((text) => text.includes("on evil.example"))).toBe(otherHost !== undefined);
    }
  });

  it("doesn't open over SSH or without a screen", () => {
    expect(hasBrowser({ SSH_CONNECTION: "x", DISPLAY: ":0" }, "linux")).toBe(false);
    expect(hasBrowser({}, "linux")).toBe(false);
    expect(hasBrowser({}, "darwin")).toBe(true);
  });

  it("doesn't come from BROWSER without a first command, or from WSL without wslview", () => {
    for (const BROWSER of ["", " ", ":firefox", " :"]) expect(hasBrowser({ BROWSER }, "linux")).toBe(false);
    expect(hasBrowser({ BROWSER: "firefox" }, "linux")).toBe(true);
    expect(hasBrowser({ WSL_DISTRO_NAME: "Debian", PATH: "/nowhere" }, "linux")).toBe(false);
  });

  it.skipIf(process.platform === "win32")(
    "is the first existing command in BROWSER, with the unchanged address",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "hexuser-browser-"));
      try {
        const opened = join(folder, "opened");
        writeFileSync(
          join(folder, "opener"),
          `#!/bin/sh\nprintf %s "$1" > ${opened}.new\nmv ${opened}.new ${opened}\n`,
        );
        chmodSync(join(folder, "opener"), 0o755);
        const env = { PATH: `${folder}:/usr/bin:/bin`, BROWSER: "no-such-browser %s:opener --page=%s" };
        expect(openBrowser("https://hex.pm/$&?a=$$", expect.unreachable, env, "linux")).toBe(true);
        await expect.poll(() => readFileSync(opened, "utf8")).toBe("--page=https://hex.pm/$&?a=$$");
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

describe("exit codes", () => {
  it("exist for every failure, as documented", () => {
    expect(
      Object.fromEntries(failureCodes.map((code) => [code, exitCodeOf({ code })])),
    ).toMatchInlineSnapshot(`
      {
        "authentication_refused": 4,
        "authentication_required": 4,
        "confirmation_required": 2,
        "defect": 70,
        "interrupted": 130,
        "invalid_input": 2,
        "network_timeout": 6,
        "network_unreachable": 6,
        "not_found": 1,
        "not_supported": 1,
        "offline": 6,
        "rate_limited": 7,
        "registry_refused": 1,
        "registry_unavailable": 6,
        "storage_damaged": 5,
        "storage_locked": 5,
        "storage_unavailable": 5,
        "storage_write_failed": 5,
        "validation_failed": 1,
      }
    `);
  });
});
