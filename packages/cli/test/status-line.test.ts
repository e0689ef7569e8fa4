import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createStatusLine, type StatusOutput } from "../src/host/status-line.ts";

const erase = "\r\u001b[J";
const front = {
  isQuiet: false,
  isVerbose: false,
  isTerminal: true,
  isPlain: false,
  colors: { out: false, error: false },
};
const left = (time: string) => `Waiting (${time} left).`;

/** What was written, and a terminal whose width a test changes. */
function fakeOutput(columns = 60) {
  let resized = () => {};
  const written: string[] = [];
  const output: StatusOutput & { columns: number } = {
    columns,
    write: (text) => written.push(text),
    on: (_, listener) => {
      resized = listener;
    },
    off: () => {
      resized = () => {};
    },
  };
  const resize = (to: number) => {
    output.columns = to;
    resized();
  };
  /** The line as it is now. */
  const line = () => {
    const all = written.join("");
    return all
      .slice(all.lastIndexOf(erase))
      .replaceAll(/\r|\u001b\[J/g, "")
      .replace(/^[⠁-⣿]/, "*");
  };
  return { output, written, line, resize };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("says after a while what it waits for and for how long, until the answer comes", () => {
  const { output, written, line } = fakeOutput();
  const status = createStatusLine(front, () => output);
  const answered = status.waitFor("hex.pm");
  vi.advanceTimersByTime(250);
  expect(written).toEqual([]);
  vi.advanceTimersByTime(150);
  expect(line()).toBe("* Waiting for hex.pm…");
  vi.advanceTimersByTime(2700);
  expect(line()).toBe("* Waiting for hex.pm… 3 s");
  answered();
  expect(line()).toBe("");
  const { length } = written;
  vi.advanceTimersByTime(5000);
  expect(written).toHaveLength(length);
});

it("gives way to other output and to questions", () => {
  const { output, line } = fakeOutput();
  const status = createStatusLine(front, () => output);
  const answered = status.waitFor("hex.pm");
  vi.advanceTimersByTime(400);
  status.clear();
  expect(line()).toBe("");
  vi.advanceTimersByTime(100);
  expect(line()).toContain("hex.pm");
  const isOver = status.hide();
  vi.advanceTimersByTime(400);
  expect(line()).toBe("");
  isOver();
  vi.advanceTimersByTime(100);
  expect(line()).toContain("hex.pm");
  answered();
});

it("counts down, while polls are sent, until the answer to one of them ends it", () => {
  const { output, line } = fakeOutput();
  const status = createStatusLine(front, () => output);
  status.countDown(595, left);
  expect(line()).toBe("Waiting (9:55 left).");
  const answered = status.waitFor("hex.pm");
  vi.advanceTimersByTime(5000);
  expect(line()).toBe("Waiting (9:50 left).");
  answered();
  status.countDown(590, left);
  expect(line()).toBe("Waiting (9:50 left).");
  status.waitFor("hex.pm")();
  vi.advanceTimersByTime(100);
  expect(line()).toBe("");
});

it("stays on one line at any width, and follows a change of it", () => {
  const { output, line, resize } = fakeOutput();
  const status = createStatusLine(front, () => output);
  status.countDown(595, left);
  resize(10);
  expect(line()).toBe("Waiting …");
  resize(1);
  expect(line()).toBe("…".slice(0, line().length));
  resize(60);
  expect(line()).toBe("Waiting (9:55 left).");
});

it.each([
  [
    "in plain mode it's a line a minute",
    { isPlain: true },
    ["Waiting for hex.pm…\n"],
    ["Waiting (9:55 left).\n"],
  ],
  ["in a pipe nothing is said", { isTerminal: false }, [], []],
  [
    "in a pipe --verbose has a line for each request",
    { isTerminal: false, isVerbose: true },
    ["Waiting for hex.pm…\n", "Waiting for hex.pm…\n"],
    [],
  ],
  ["--quiet leaves all of it out", { isQuiet: true, isVerbose: true }, [], []],
])("%s", (_, differently, requests, countdown) => {
  const { output, written } = fakeOutput();
  const status = createStatusLine({ ...front, ...differently }, () => output);
  status.waitFor("hex.pm")();
  for (let sent = 0; sent < 2; sent += 1) {
    const answered = status.waitFor("hex.pm");
    vi.advanceTimersByTime(400);
    answered();
  }
  status.countDown(595, left);
  expect(written).toEqual([...requests, ...countdown]);
});
