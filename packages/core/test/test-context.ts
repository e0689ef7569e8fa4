import { z } from "zod";
import {
  type AccountKey,
  type AuthMethod,
  type Context,
  type CredentialBackend,
  type Event,
  FailureError,
  fail,
  type HttpRequest,
  type HttpResponse,
  type RegistryTraits,
  type StoredCredentials,
} from "../src/index.ts";

export const now = Date.UTC(2026, 10, 24, 12);
export const apiUrl = "https://registry.test/api";
export const account: AccountKey = { profile: "default", origin: "https://registry.test" };

export interface Reply {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Record<string, string>;
}

/** `["GET /keys", reply]`: the next request, and its answer. An error is thrown. */
export type Exchange = readonly [string, Reply | Error | ((request: HttpRequest) => Reply)];

export interface TestContext extends Context {
  readonly events: Event[];
  readonly requests: HttpRequest[];
  readonly sleeps: number[];
  /** The learned traits of the registry. */
  readonly traits: RegistryTraits;
  /** The stored credentials. */
  stored(): StoredCredentials | undefined;
  /** The exchanges that didn't happen. */
  left(): readonly string[];
}

export interface Expected {
  readonly stored?: StoredCredentials | undefined;
  readonly exchanges?: readonly Exchange[];
  readonly methods?: readonly AuthMethod[];
  readonly backend?: Partial<CredentialBackend>;
  readonly context?: Partial<Context>;
  readonly known?: RegistryTraits;
}

/** A context in which every unexpected effect throws. */
export function makeContext({
  stored,
  exchanges = [],
  methods = [],
  backend,
  context,
  known = {},
}: Expected = {}): TestContext {
  const traits: RegistryTraits = { ...known };
  const queue = [...exchanges];
  const events: Event[] = [];
  const requests: HttpRequest[] = [];
  const sleeps: number[] = [];
  let kept = stored;
  return {
    registry: { apiUrl, userAgent: "hexuser/test", timeout: 15_000, offline: false },
    memory: {
      recall: async () => traits,
      learn: async (more) => void Object.assign(traits, more),
    },
    traits,
    profile: "default",
    hostname: "laptop",
    authMethods: async () => methods,
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    clock: {
      now: () => now,
      async sleep(milliseconds) {
        sleeps.push(milliseconds);
      },
    },
    async http(request) {
      requests.push(request);
      const next = queue.shift();
      const actual = `${request.method} ${request.url.replace(apiUrl, "")}`;
      if (next === undefined || next[0] !== actual) {
        throw new Error(`unexpected request: ${actual}, expected: ${next?.[0] ?? "none"}`);
      }
      const reply = typeof next[1] === "function" ? next[1](request) : next[1];
      if (reply instanceof Error) throw reply;
      return toResponse(reply);
    },
    credentials: {
      ...makeBackend(
        () => kept,
        (changed) => {
          kept = changed;
        },
      ),
      ...backend,
    },
    events,
    requests,
    sleeps,
    stored: () => kept,
    left: () => queue.map(([expected]) => expected),
    ...context,
  };
}

function toResponse({ status, json, text, headers }: Reply): HttpResponse {
  return { status, headers: headers ?? {}, body: text ?? (json === undefined ? "" : JSON.stringify(json)) };
}

function makeBackend(
  read: () => StoredCredentials | undefined,
  write: (stored: StoredCredentials | undefined) => void,
): CredentialBackend {
  return {
    id: "test",
    available: async () => ({ available: true }),
    location: () => "the test's memory",
    list: async () => [],
    read: async () => read(),
    update: async (_account, change) => write(await change(read(), async () => {})),
    seal: {
      // This doesn't encrypt. The tests are about who asks for which password.
      async open({ sealed }, localPassword) {
        const [password, secret] = sealed.split("|", 2);
        if (secret === undefined) throw fail("storage_damaged", "damaged");
        if (password !== localPassword) throw fail("authentication_refused", "wrong");
        return secret;
      },
      prepare: async (localPassword) => (secret) => ({ sealed: `${localPassword}|${secret}` }),
    },
  };
}

/** Credentials of a classic sign-in, whose local password is "local". */
export const classic: StoredCredentials = {
  keys: {
    write: { sealed: "local|write-secret" },
    read: "read-secret",
    repositories: "repositories-secret",
    names: { write: "laptop-api", read: "laptop-api-read", repositories: "laptop-repositories" },
  },
};

export const session: StoredCredentials = {
  session: { accessToken: "access-1", refreshToken: "refresh-1", expiresAt: now / 1000 + 1800 },
};

export const unauthorized = (message: string, challenge = "Basic realm=hex"): Reply => ({
  status: 401,
  json: { status: 401, message },
  headers: { "www-authenticate": challenge },
});

/**
 * A method that gives sessions. Its name isn't one of hexuser's, because operations must choose by its declarations.
 */
export function makeSessionMethod(rest: Partial<AuthMethod>): AuthMethod {
  const acquire = async () => Promise.reject(new Error("not expected"));
  return { id: "approval", yields: "session", needs: "browser", input: z.strictObject({}), acquire, ...rest };
}

export function isFailure(error: unknown, code: string): boolean {
  return error instanceof FailureError && error.failure.code === code;
}
