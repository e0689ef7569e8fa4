import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registryKinds, type Sandbox, startSandbox } from "../src/start-sandbox.ts";
import { compareAnswers, type Difference } from "./compare-answers.ts";
import { knownDifferences } from "./known-differences.ts";
import { type Replay, stepsBefore, stepsInPlaceOf } from "./recorder-steps.ts";
import { type Exchange, readRecording, substitute } from "./recording.ts";
import { sendRequest } from "./send-request.ts";

/** The servers that were recorded took new addresses as confirmed, but for the last. */
const confirmEmails = {
  "current-basic-off": true,
  current: false,
  "classic-2026": false,
  "classic-2021": false,
};

/** A clock that hardly moves, so that no one-time code and no minute of a rate limit ends during a replay. */
function slowClock(): () => number {
  let time = Date.UTC(2026, 10, 24, 12);
  return () => {
    time += 0.1;
    return time;
  };
}

async function replayExchange(replay: Replay, exchange: Exchange): Promise<Difference[]> {
  await stepsBefore[exchange.name]?.(replay, exchange);
  const instead = stepsInPlaceOf[exchange.name];
  if (instead !== undefined) {
    const status = await instead(replay, exchange);
    const recorded = (exchange.response.json as { status: string } | undefined)?.status;
    return recorded === undefined || recorded === status ? [] : [{ field: "status", recorded, live: status }];
  }
  const { sandbox, substitutions } = replay;
  const { method, path, headers, json, body, body_base64, no_user_agent } = exchange.request;
  const change = (text: string) => substitute(text, substitutions);
  const sentBody =
    body_base64 !== undefined
      ? Buffer.from(body_base64, "base64")
      : json !== undefined
        ? change(JSON.stringify(json))
        : body === undefined
          ? undefined
          : change(body);
  const sentHeaders = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, change(value)]),
  );
  const agent = { "user-agent": no_user_agent ? "" : "hexpeer/1.0" };
  const answer = await sendRequest(
    method,
    sandbox.url + change(path),
    { ...agent, ...sentHeaders },
    sentBody,
  );
  return compareAnswers(exchange.response, answer, substitutions, sandbox.url);
}

describe.each(registryKinds)("the recording of %s", (kind) => {
  const recording = readRecording(kind);
  const created = recording.find(({ name }) => name === "users-create-ok")?.request.json;
  const ending = (created as { username: string }).username.replace("alice", "");
  let sandbox: Sandbox;
  let replay: Replay;

  beforeAll(async () => {
    const settings = { confirmEmails: confirmEmails[kind] };
    sandbox = await startSandbox({ kind, settings, now: slowClock() });
    replay = { sandbox, recording, substitutions: new Map(), ending };
  });

  afterAll(() => sandbox.close());

  it.each(recording)("$name", async (exchange) => {
    const differences = await replayExchange(replay, exchange);
    const known = knownDifferences.find(({ exchanges }) => exchanges.includes(exchange.name));
    const fields = differences.map(({ field }) => field);
    if (known === undefined) {
      expect(differences).toEqual([]);
    } else if (known.fields === "answer") {
      expect(fields, known.reason).toContain("status");
    } else {
      const isListed = (field: string) => known.fields.includes(field.split(".").slice(0, 2).join("."));
      expect(fields.length, known.reason).toBeGreaterThan(0);
      expect(
        differences.filter(({ field }) => !isListed(field)),
        known.reason,
      ).toEqual([]);
    }
  });
});

describe("the known differences", () => {
  it("name each exchange once, and only such as exist", () => {
    const names = new Set(registryKinds.flatMap((kind) => readRecording(kind).map(({ name }) => name)));
    const listed = knownDifferences.flatMap(({ exchanges }) => exchanges);
    expect(listed.filter((name) => !names.has(name))).toEqual([]);
    expect(new Set(listed).size).toBe(listed.length);
  });

  it("are the same for the steps of the recorder", () => {
    const names = new Set(registryKinds.flatMap((kind) => readRecording(kind).map(({ name }) => name)));
    const steps = [...Object.keys(stepsBefore), ...Object.keys(stepsInPlaceOf)];
    expect(steps.filter((name) => !names.has(name))).toEqual([]);
  });
});
