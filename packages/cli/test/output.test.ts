import { failureCodes } from "@hexuser/core";
import { keyList, whoami } from "@hexuser/core/operations";
import { describe, expect, it } from "vitest";
import { readFront } from "../src/host/front.ts";
import { hasBrowser, isSafe } from "../src/host/open-browser.ts";
import { exitCodeOf } from "../src/output/exit-code.ts";
import { renderOutput, type Shown } from "../src/output/render-output.ts";
import { createEmit, createReporter } from "../src/output/reporter.ts";
import { completion, licenses } from "../src/program/command-list.ts";
import { escapeLines, escapeText, toSafeJson } from "../src/text/escape-text.ts";
import { layOutTable } from "../src/text/table.ts";
import { textWidth } from "../src/text/text-width.ts";

describe("foreign text", () => {
  it("can't command the terminal", () => {
    expect(escapeText("\u001b[2Jgone\u0007")).toBe("\\u001b[2Jgone\\u0007");
    expect(escapeText("\u009b31mred")).toBe("\\u009b31mred");
    expect(escapeText("abc\u202edef\u2066")).toBe("abc\\u202edef\\u2066");
    expect(escapeText("Zürich 東京 👍")).toBe("Zürich 東京 👍");
  });

  it("of several lines can't pass for a line of this program", () => {
    expect(escapeLines("no\nTo fix: run rm -rf ~\r")).toBe("no\n  To fix: run rm -rf ~\\u000d");
  });

  it("is safe in JSON, too, and still the same", () => {
    const value = { name: "a\u009b31m\u202e\nb" };
    const text = toSafeJson(value);
    expect(text).not.toMatch(/[\u0080-\u009f\u202e]/);
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe("an output", () => {
  const render = (operation: Shown, output: Record<string, unknown>) =>
    renderOutput(operation, output, { colors: { out: false, error: false }, width: undefined });

  it("stays on one line if it is foreign", () => {
    expect(render(whoami, { username: "a\nb", credential: { madeAt: null, expiresAt: null } }).data).toBe(
      "a\\u000ab",
    );
  });

  it("of the program's own keeps its lines", () => {
    const text = "one\n\ttwo\n";
    expect(render(completion, { script: text }).data).toBe("one\n\ttwo");
    expect(render(licenses, { text }).data).toBe("one\n\ttwo");
  });
});

describe("a table", () => {
  const columns = [
    { title: "Name", least: 4 },
    { title: "Permissions", least: 6 },
  ];

  it("lines its columns up, wide letters counted as two", () => {
    const { header, lines } = layOutTable(columns, [
      ["東京", "api"],
      ["laptop", "api:read"],
    ]);
    expect([header, ...lines]).toEqual(["Name    Permissions", "東京    api", "laptop  api:read"]);
  });

  it.each([20, 24, 30, 80])("fits into %i columns", (width) => {
    const { header, lines } = layOutTable(columns, [["a".repeat(40), "b".repeat(60)]], width);
    for (const line of [header, ...lines]) expect(textWidth(line)).toBeLessThanOrEqual(width);
  });

  it("cuts nothing in a pipe", () => {
    const name = "x".repeat(300);
    const { data } = renderOutput(
      keyList,
      {
        keys: [
          {
            name: `${name}\u001b`,
            permissions: ["api"],
            lastUse: null,
            expiresAt: null,
            createdAt: "2026-11-24T14:12:00.1Z",
            inUse: false,
          },
        ],
      },
      { colors: { out: false, error: false }, width: undefined },
    );
    expect(data).toContain(`${name}\\u001b  api`);
    expect(data).toContain("2026-11-24 14:12");
  });
});

describe("the browser", () => {
  const streams = { stdin: {}, stdout: {}, stderr: {} };
  const quiet = readFront({ quiet: true }, {}, streams);

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
  ])("is for encrypted and local pages alone: %s %s", (url, expected) => {
    expect(isSafe(url)).toBe(expected);
  });

  it("isn't opened for a sign-in page on another host than the registry's, which is named instead", () => {
    for (const otherHost of [undefined, "evil.example"]) {
      const told: string[] = [];
      const opened: string[] = [];
      const tell = (text: string) => void told.push(text);
      const emit = createEmit({
        reporter: { ...createReporter(quiet), instruction: tell, notice: tell, warning: tell },
        open: (url) => opened.push(url) > 0,
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
      expect(opened).toEqual(otherHost === undefined ? [page] : []);
      expect(told.some((text) => text.includes("on evil.example"))).toBe(otherHost !== undefined);
    }
  });

  it("isn't opened over SSH, or without a screen", () => {
    expect(hasBrowser({ SSH_CONNECTION: "x", DISPLAY: ":0" }, "linux")).toBe(false);
    expect(hasBrowser({}, "linux")).toBe(false);
    expect(hasBrowser({}, "darwin")).toBe(true);
  });
});

describe("exit codes", () => {
  it("are there for every failure, and as written down", () => {
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
