import { gunzipSync } from "node:zlib";
import type { RecordedResponse, Substitutions } from "./recording.ts";
import { substitute } from "./recording.ts";
import type { Answer } from "./send-request.ts";

/** Every header that the recordings kept. */
const comparedHeaders = [
  "cache-control",
  "content-type",
  "etag",
  "last-modified",
  "location",
  "www-authenticate",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
];

/** Fields whose values the server makes up: compared by their form, and put into the substitutions. */
const madeUp = ["secret", "access_token", "refresh_token", "device_code", "user_code"];

/** Times of the day of the recording; any other time was sent by the client, and has to come back. */
const recordedDay = /2026-11-2\dT\d\d:\d\d:\d\d\.\d{6}Z/g;

/** One thing that is not as it was recorded. `field` is `status`, a header, or `body` with a path. */
export interface Difference {
  readonly field: string;
  readonly recorded: unknown;
  readonly live: unknown;
}

/**
 * Compares an answer with the recorded one, field by field, and notes the pairs of values for later answers.
 * @param siteUrl of the sandbox
 */
export function compareAnswers(
  recorded: RecordedResponse,
  live: Answer,
  substitutions: Substitutions,
  siteUrl: string,
): Difference[] {
  const recordedBody = readBody(recorded);
  learn(recordedBody, live.json, substitutions);
  if (recorded.headers.etag !== undefined && typeof live.headers.etag === "string")
    substitutions.set(recorded.headers.etag, live.headers.etag);
  const expect = (text: string) =>
    normalize(
      substitute(text, substitutions).replaceAll(/http:\/\/(localhost|127\.0\.0\.1):40\d\d/g, siteUrl),
    );
  const headers = comparedHeaders.flatMap((name) => {
    const wanted = recorded.headers[name];
    const expected = wanted === undefined ? undefined : maskHeader(name, expect(wanted));
    const got = live.headers[name];
    const actual = got === undefined ? undefined : maskHeader(name, normalize(String(got)));
    return difference(name, expected, actual);
  });
  const packed = recorded.body_base64?.startsWith("H4sI") ? "gzip" : undefined;
  return [
    ...difference("status", recorded.status, live.status),
    ...headers,
    ...(packed === undefined ? [] : difference("content-encoding", packed, live.headers["content-encoding"])),
    ...compareBodies(recorded, recordedBody, live, expect),
  ];
}

function compareBodies(
  recorded: RecordedResponse,
  recordedBody: unknown,
  live: Answer,
  expect: (text: string) => string,
): Difference[] {
  if (recordedBody !== undefined) {
    const expected: unknown = JSON.parse(expect(JSON.stringify(recordedBody)));
    const actual: unknown =
      live.json === undefined ? live.text : JSON.parse(normalize(JSON.stringify(live.json)));
    return compareValues("body", sortKeys(expected), sortKeys(actual));
  }
  if (recorded.text !== undefined) return difference("body", true, /^<!doctype html>/i.test(live.text));
  return difference("body", recorded.body_base64 ?? "", live.text);
}

/** Older servers give keys in no particular order; the recordings have them by name. */
function sortKeys(body: unknown): unknown {
  return Array.isArray(body) && body.every((entry) => isObject(entry) && "permissions" in entry)
    ? body.toSorted((one, other) => (one.name < other.name ? -1 : 1))
    : body;
}

function readBody(recorded: RecordedResponse): unknown {
  return recorded.body_base64?.startsWith("H4sI")
    ? JSON.parse(gunzipSync(Buffer.from(recorded.body_base64, "base64")).toString())
    : recorded.json;
}

function learn(recorded: unknown, live: unknown, substitutions: Substitutions): void {
  if (!isObject(recorded) || !isObject(live)) return;
  for (const name of madeUp) {
    const [before, now] = [recorded[name], live[name]];
    if (typeof before === "string" && typeof now === "string" && form(before) === form(now))
      substitutions.set(before, now);
  }
}

function form(secret: string): string {
  const length = secret.startsWith("eyJ") ? "token" : secret.length;
  return `${length} ${/^[0-9a-f]+$/.test(secret) ? "hexadecimal" : /^[A-Z0-9]+$/.test(secret) ? "letters" : ""}`;
}

function normalize(text: string): string {
  return text.replaceAll(recordedDay, "(time)").replaceAll(/ for user \d+/g, " for user (number)");
}

function maskHeader(name: string, value: string): string {
  switch (name) {
    case "last-modified":
      return value.replace(/^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/, "(date)");
    case "x-ratelimit-reset":
      return value.replace(/^\d+$/, (time) => (Number(time) % 60 === 0 ? "(a minute's end)" : time));
    default:
      return value;
  }
}

function compareValues(field: string, recorded: unknown, live: unknown): Difference[] {
  if (Array.isArray(recorded) && Array.isArray(live) && recorded.length === live.length)
    return recorded.flatMap((value, index) => compareValues(`${field}.${index}`, value, live[index]));
  if (isObject(recorded) && isObject(live)) {
    const names = new Set([...Object.keys(recorded), ...Object.keys(live)]);
    return [...names].flatMap((name) => compareValues(`${field}.${name}`, recorded[name], live[name]));
  }
  return difference(field, recorded, live);
}

function difference(field: string, recorded: unknown, live: unknown): Difference[] {
  return JSON.stringify(recorded) === JSON.stringify(live) ? [] : [{ field, recorded, live }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
