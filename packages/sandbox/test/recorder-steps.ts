import { createHash } from "node:crypto";
import type { Control, Sandbox } from "../src/start-sandbox.ts";
import { type Exchange, findExchange, type Substitutions } from "./recording.ts";
import { sendRequest } from "./send-request.ts";

/** The input of a step: the sandbox, and the recording's names of the things that the step creates. */
export interface Replay {
  readonly sandbox: Sandbox;
  readonly recording: readonly Exchange[];
  readonly substitutions: Substitutions;
  /** The ending that the names in this recording have: `alice4c6ea`. */
  readonly ending: string;
}

type Step = (replay: Replay, exchange: Exchange) => Promise<unknown> | unknown;

const credentialsOf = ({ request }: Exchange) =>
  (request.headers.authorization ?? "").replace(/^Bearer /, "");

function fieldOf({ request }: Exchange, name: string): string {
  return String((request.json as Record<string, unknown>)[name]);
}

function makeKey(replay: Replay, from: string, wanted: Parameters<Control["createKey"]>[0]): void {
  const { secret } = replay.sandbox.control.createKey(wanted);
  replay.substitutions.set(credentialsOf(findExchange(replay.recording, from)), secret);
}

function openSession(
  replay: Replay,
  wanted: Parameters<Control["openSession"]>[0],
  recorded: { access?: string; refresh?: string },
): string {
  const { accessToken, refreshToken } = replay.sandbox.control.openSession(wanted);
  if (recorded.access !== undefined)
    replay.substitutions.set(credentialsOf(findExchange(replay.recording, recorded.access)), accessToken);
  if (recorded.refresh !== undefined) replay.substitutions.set(recorded.refresh, refreshToken);
  return refreshToken;
}

async function openDevice(replay: Replay, exchange: Exchange): Promise<string> {
  const url = `${replay.sandbox.apiUrl}/oauth/device_authorization`;
  const body = { client_id: "78ea6566-89fd-481e-a1d6-7d9d78eacca8", scope: "api repositories" };
  const { json } = await sendRequest("POST", url, {}, body);
  replay.substitutions.set(fieldOf(exchange, "device_code"), json.device_code);
  return json.user_code;
}

const codeFor =
  (step: number): Step =>
  ({ sandbox, substitutions, ending }, { request }) =>
    substitutions.set(
      request.headers["x-hex-otp"] ?? "",
      sandbox.control.totpCode(`tfa${ending}`, step).code,
    );

const repeat =
  (times: number): Step =>
  async ({ sandbox, substitutions }, { request }) => {
    const headers = { ...request.headers };
    const secret = substitutions.get(headers.authorization ?? "");
    for (let count = 0; count < times; count += 1) {
      await sendRequest(request.method, sandbox.url + request.path, {
        ...headers,
        ...(secret && { authorization: secret }),
      });
    }
  };

/** The recorder's actions at the server, without a request, before the exchange of that name. */
export const stepsBefore: Readonly<Record<string, Step>> = {
  "me-key": async (replay) => {
    const username = `alice${replay.ending}`;
    await replay.sandbox.control.changeUser(username, { confirmed: true });
    makeKey(replay, "me-key", { username, name: "rec-api" });
    makeKey(replay, "me-revoked-key", { username, name: "rec-revoked", revoked: true });
    for (const [from, name, domain, resource] of [
      ["me-key-api-read", "rec-read", "api", "read"],
      ["me-key-api-write", "rec-write", "api", "write"],
      ["me-key-repositories-only", "rec-repos", "repositories", null],
    ] as const) {
      makeKey(replay, from, { username, name, permissions: [{ domain, resource }] });
    }
  },
  "me-unconfirmed-basic": async (replay) => {
    const username = `unconf${replay.ending}`;
    await replay.sandbox.control.createUser({ username, confirmed: false });
    makeKey(replay, "me-unconfirmed-key", { username, name: "uk" });
  },
  "me-deactivated-key": async (replay, { name }) => {
    const username = `deact${replay.ending}`;
    await replay.sandbox.control.createUser({ username, active: false });
    makeKey(replay, name, { username, name: "dk" });
  },
  // Sent in Erlang terms, which the sandbox refuses; the lists that follow have the key all the same.
  "keys-list": ({ sandbox, ending }) =>
    sandbox.control.createKey({ username: `alice${ending}`, name: "k-erl" }),
  "keys-delete-own-authing-key": (replay, { name }) =>
    makeKey(replay, name, { username: `alice${replay.ending}`, name: "rec-self" }),
  "keys-delete-other-users-key": async (replay) => {
    await replay.sandbox.control.createUser({ username: `carol${replay.ending}` });
    makeKey(replay, "keys-delete-all", { username: `carol${replay.ending}`, name: "c1" });
  },
  "orgs-show-nonmember": async (replay, { name }) => {
    await replay.sandbox.control.createUser({ username: `dave${replay.ending}` });
    makeKey(replay, name, { username: `dave${replay.ending}`, name: "d1" });
  },
  "auth-repository-nonmember": (replay, { name }) =>
    makeKey(replay, name, {
      username: `dave${replay.ending}`,
      name: "d2",
      permissions: [{ domain: "repositories" }],
    }),
  "auth-repository-billing-inactive": ({ sandbox, ending }) =>
    sandbox.control.changeOrganization(`acme${ending}`, { billingActive: false }),
  "token-device-pending": async (replay, exchange) => {
    const userCode = await openDevice(replay, exchange);
    const recorded = findExchange(replay.recording, "test-device-authorize");
    replay.substitutions.set(fieldOf(recorded, "user_code"), userCode);
  },
  "token-device-denied": async (replay, exchange) =>
    replay.sandbox.control.denyDevice(await openDevice(replay, exchange)),
  "token-device-expired": async (replay, exchange) =>
    replay.sandbox.control.expireDevice(await openDevice(replay, exchange)),
  "refresh-expired": (replay, exchange) =>
    openSession(
      replay,
      { username: `alice${replay.ending}`, accessTokenLifetime: 0, refreshTokenLifetime: 0 },
      { access: "oauth-me-expired-in-db", refresh: fieldOf(exchange, "refresh_token") },
    ),
  "oauth-readscope-me": (replay, { name }) => {
    const refresh = fieldOf(findExchange(replay.recording, "refresh-after-revoke"), "refresh_token");
    openSession(replay, { username: `alice${replay.ending}`, scope: "api:read" }, { access: name, refresh });
  },
  "revoke-by-hash-ok": (replay, exchange) => {
    const recorded = { access: "oauth-me-after-revoke-by-hash" };
    const refreshToken = openSession(replay, { username: `alice${replay.ending}` }, recorded);
    const hash = createHash("sha256").update(refreshToken).digest("hex");
    replay.substitutions.set(fieldOf(exchange, "token_hash"), hash);
  },
  "revoke-refresh-token": (replay, exchange) =>
    openSession(
      replay,
      { username: `alice${replay.ending}` },
      { access: "oauth-me-after-revoke-refresh", refresh: fieldOf(exchange, "token") },
    ),
  "session-evicted-refresh": async (replay, exchange) => {
    const username = `sess${replay.ending}`;
    await replay.sandbox.control.createUser({ username });
    openSession(replay, { username }, { refresh: fieldOf(exchange, "refresh_token") });
    for (let count = 0; count < 5; count += 1) {
      replay.sandbox.control.openSession({ username });
    }
  },
  "tfa-basic-key-create": ({ sandbox, ending }) =>
    sandbox.control.createUser({ username: `tfa${ending}`, twoFactor: true }),
  "tfa-read-no-otp": async (replay, { name }) => {
    const username = `tfa${replay.ending}`;
    await replay.sandbox.control.createUser({ username, twoFactor: true });
    openSession(replay, { username }, { access: name });
    makeKey(replay, "tfa-apikey-write-no-otp", { username, name: "tk" });
  },
  "tfa-write-good-otp": codeFor(0),
  "tfa-write-previous-window-otp": codeFor(-1),
  "tfa-write-next-window-otp": codeFor(1),
  "tfa-write-minus3-window-otp": codeFor(-3),
  "ratelimit-last-allowed": repeat(97),
  "ratelimit-exceeded-user": repeat(499),
};

/** Exchanges with helpers that only the recorder's servers have; the control API does in their place. */
export const stepsInPlaceOf: Readonly<Record<string, Step>> = {
  "test-repo-create": ({ sandbox, ending }, exchange) =>
    sandbox.control.createOrganization({ name: fieldOf(exchange, "name"), owner: `alice${ending}` }),
  "test-device-pending": ({ sandbox, substitutions }, { response }) => {
    const { user_code: userCode } = response.json as { user_code: string };
    return sandbox.control.device(substitutions.get(userCode) ?? "").status;
  },
  "test-device-authorize": ({ sandbox, substitutions }, exchange) => {
    const userCode = substitutions.get(fieldOf(exchange, "user_code")) ?? "";
    return sandbox.control.approveDevice(userCode, { username: fieldOf(exchange, "username") }).status;
  },
};
