import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMachine, type Machine } from "../hexuser-environment.ts";
import { runHexuser } from "../run-hexuser.ts";
import { type Said, type StubServer, startStub } from "../stub-registry.ts";

let machine: Machine;
const servers: StubServer[] = [];
beforeEach(() => {
  machine = createMachine();
});
afterEach(async () => {
  machine.remove();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const me: Said = { status: 200, json: { username: "ada" } };

async function start(answer: Parameters<typeof startStub>[0]): Promise<StubServer> {
  const server = await startStub(answer);
  servers.push(server);
  return server;
}

type Env = Readonly<Record<string, string>>;
const run = (args: readonly string[], env: Env = {}, stdin = "") => runHexuser(args, { machine, env, stdin });

describe("a registry on another machine with plain http", () => {
  const origin = "http://registry.example:4000";
  const registry = { HEX_API_URL: `${origin}/api` };
  /** A network in which a proxy answers for the registry, so that the test needs no second machine. */
  async function startNetwork(): Promise<{ readonly proxy: StubServer; readonly env: Env }> {
    const proxy = await start(({ url }) => (url.startsWith(origin) ? me : { status: 404 }));
    return { proxy, env: { ...registry, http_proxy: proxy.url, HEX_API_KEY: "k-s3cret" } };
  }
  const password = ["--username", "ada", "--password-stdin"];
  const request = '{"jsonrpc":"2.0","id":1,"method":"whoami"}\n';

  it.each<[string, readonly string[], string]>([
    ["a key in the environment", ["whoami"], ""],
    ["a key on stdin", ["auth", "--with-key"], "k-s3cret\n"],
    ["the account password", ["auth", "--method", "password", ...password], "p-s3cret\np-s3cret\n"],
    ["a session to be opened", ["auth", "--method", "device"], ""],
    ["a session to be ended", ["deauth"], ""],
    ["a new account", ["register", "--email", "a@b.example", "--accept-terms", ...password], "p-s3cret\n"],
    ["a new key", ["key", "generate", "--key-name", "x", ...password], "p-s3cret\n"],
    ["a name whose password is forgotten", ["reset_password", "account", "ada"], ""],
    ["a document", ["run", "-"], '{"operation":"whoami","input":{}}'],
    ["another program", ["serve", "--stdio"], request],
    ["a model", ["mcp"], request],
  ])("gets nothing: %s", async (_what, args, stdin) => {
    const { proxy, env } = await startNetwork();
    const { code, stdout, stderr } = await run(args, env, stdin);
    expect({ code, stdout, asked: proxy.asked }, stderr).toEqual({ code: 2, stdout: "", asked: [] });
    expect(stderr).toContain(`The connection to ${origin} is not encrypted`);
    expect(stderr).toContain(`hexuser http allow ${origin}`);
    expect(stderr).not.toContain("s3cret");
  });

  it("gets requests with a warning if the person allowed it for a command, an environment or a profile", async () => {
    const { proxy, env } = await startNetwork();
    const allowed = async (args: readonly string[] = [], more: Env = {}) => {
      const before = proxy.asked.length;
      const { code, stdout, stderr } = await run(["whoami", ...args], { ...env, ...more });
      expect(stderr.match(/Warning/g) ?? []).toHaveLength(code === 0 ? 1 : 0);
      if (code !== 0) return false;
      expect(stdout).toBe("ada\n");
      expect(stderr).toContain(`The connection to ${origin} is not encrypted, as you allowed`);
      expect(proxy.asked.slice(before).map(({ headers }) => headers.authorization)).toEqual(["k-s3cret"]);
      return true;
    };
    expect(await allowed(["--allow-http"])).toBe(true);
    expect(await allowed([], { HEXUSER_ALLOW_HTTP: `http://a.example, ${origin}/` })).toBe(true);
    expect(await allowed([], { HEXUSER_ALLOW_HTTP: "http://registry.example" })).toBe(false);
    expect((await run(["http", "allow", `${origin}/api`])).code).toBe(0);
    expect(await allowed()).toBe(true);
    expect(await allowed(["--profile", "other"])).toBe(false);
    expect((await run(["backend", "use", "file"])).code).toBe(0);
    expect(await allowed()).toBe(true);
    expect((await run(["http", "refuse", origin])).code).toBe(0);
    expect(await allowed()).toBe(false);
    expect((await run(["http", "allow", "https://registry.example"])).code).toBe(2);
    expect((await run(["whoami"], { ...env, HEXUSER_ALLOW_HTTP: "yes" })).code).toBe(2);
    // A guard against hanging: the test runs a dozen processes, one after the other.
  }, 180_000);

  it("doesn't stop commands that send it nothing", async () => {
    for (const args of [
      ["operations"],
      ["schema"],
      ["completion", "bash"],
      ["backend", "list"],
      ["whoami", "--dry-run"],
    ]) {
      expect((await run(args, registry)).code, args.join(" ")).toBe(0);
    }
  });

  it("may also be on this machine, behind a proxy elsewhere", async () => {
    const env = { HEX_API_KEY: "k-s3cret", http_proxy: "http://proxy.example:3128" };
    const ended = await run(["whoami", "--api-url", "http://localhost:4000/api"], env);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("is not encrypted") });
  });
});

describe("HEX_UNSAFE_HTTPS", () => {
  it("causes a warning for each command that sends a request", async () => {
    const env = { HEX_API_KEY: "k", HEX_API_URL: "https://127.0.0.1:1/api", HEX_UNSAFE_HTTPS: "1" };
    const { code, stderr } = await run(["whoami"], env);
    expect(code).toBe(6);
    expect(stderr.match(/Warning: The certificate of https:\/\/127\.0\.0\.1:1 is not checked/g)).toHaveLength(
      1,
    );
    expect((await run(["backend", "list"], env)).stderr).not.toContain("Warning");
  });
});

describe("time", () => {
  const env = (server: StubServer): Env => ({ HEX_API_KEY: "k", HEX_API_URL: `${server.url}/api` });

  it.each([
    ["redirects", { status: 302, headers: { location: "/api/again" } }],
    ["repetitions", { status: 503 }],
  ])("has one limit for a request with its %s", async (_what, said) => {
    const server = await start(async () => {
      await sleep(700);
      return said;
    });
    const { code, stdout } = await run(["whoami", "--timeout", "1.2", "--json"], env(server));
    const { failure } = JSON.parse(stdout);
    expect(code).toBe(6);
    // Three redirects or two repetitions would take longer.
    expect(server.asked.length).toBeLessThanOrEqual(2);
    expect(["network_timeout", ...(said.status === 503 ? ["registry_unavailable"] : [])]).toContain(
      failure.code,
    );
  });

  it("for which the registry asks hexuser to wait has its own limit", async () => {
    let limited = 0;
    const server = await start(() => {
      limited += 1;
      return limited === 1 ? { status: 429, headers: { "retry-after": "2" } } : me;
    });
    // The wait doesn't count for the limit of the request.
    const waited = await run(["whoami", "--timeout", "1.5"], env(server));
    expect(waited).toMatchObject({ code: 0, stdout: "ada\n", stderr: expect.stringContaining("in 2 s") });
    for (const [flags, more] of [
      [["--max-wait", "1"], {}],
      [[], { HEXUSER_MAX_WAIT: "0" }],
    ] as const) {
      limited = 0;
      const left = await run(["whoami", ...flags], { ...env(server), ...more });
      expect(left).toMatchObject({ code: 7, stderr: expect.stringContaining("--max-wait") });
      expect(limited).toBe(1);
    }
  });
});

describe("Retry-After, from a registry that counts no requests", () => {
  const env = (server: StubServer): Env => ({ HEX_API_KEY: "k", HEX_API_URL: `${server.url}/api` });

  it("holds back all calls of a run", async () => {
    let firstAt: number | undefined;
    const early: string[] = [];
    const server = await start(({ url }) => {
      firstAt ??= Date.now();
      if (Date.now() - firstAt >= 900) return me;
      early.push(url);
      return { status: 429, headers: { "retry-after": "1" } };
    });
    const calls = JSON.stringify(Array.from({ length: 4 }, () => ({ operation: "whoami", input: {} })));
    expect(await run(["run", "-", "--parallel", "4"], env(server), calls)).toMatchObject({ code: 0 });
    expect(early).toHaveLength(1);
  });

  it.each([
    ["a command, after a 429", 429, ["whoami"]],
    ["a command, after a 503", 503, ["whoami"]],
    ["a run, after a 429", 429, ["run", "-"]],
  ])("tells how long the wait would be if it is longer than allowed: %s", async (_, status, args) => {
    const server = await start(() => ({ status, headers: { "retry-after": "600" } }));
    const { code, stdout, stderr } = await run(args, env(server), '{"operation":"whoami","input":{}}');
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/wait 600 s, then try again; or let hexuser wait, with --max-wait 600/);
    expect(server.asked).toHaveLength(1);
  });
});

describe("a redirect that left the origin", () => {
  it("carries no credential, even if it leads back", async () => {
    const home: StubServer = await start(({ url }) =>
      url === "/chosen" ? me : { status: 302, headers: { location: `${away.url}/there` } },
    );
    const away = await start(() => ({ status: 302, headers: { location: `${home.url}/chosen` } }));
    const env = { HEX_API_KEY: "k-s3cret", HEX_API_URL: `${home.url}/api` };
    expect(await run(["whoami"], env)).toMatchObject({ code: 0, stdout: "ada\n" });
    const sent = [...home.asked, ...away.asked].map(({ url, headers }) => [url, headers.authorization]);
    expect(sent).toEqual([
      ["/api/users/me", "k-s3cret"],
      ["/chosen", undefined],
      ["/there", undefined],
    ]);
  });
});

describe("a registry whose certificate comes from a company's own authority", () => {
  /** Makes a self-signed certificate, and starts a registry with it. */
  async function startCompanyRegistry() {
    const at = (name: string) => join(machine.home, name);
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
    const files = ["-keyout", at("key.pem"), "-out", at("cert.pem")];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    execFileSync("openssl", ["req", "-x509", ...curve, "-days", "2", ...subject, ...files], {
      stdio: "pipe",
    });
    const certificate = { cert: readFileSync(at("cert.pem")), key: readFileSync(at("key.pem")) };
    const server = await startStub(() => me, certificate);
    servers.push(server);
    const env = { HEX_API_URL: `${server.url}/api`, HEX_API_KEY: "k-s3cret" };
    return { server, env, certPath: at("cert.pem") };
  }

  it.each(["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "HEX_CACERTS_PATH"])("is trusted by %s", async (name) => {
    const { env, certPath } = await startCompanyRegistry();
    const ended = await run(["whoami"], { ...env, [name]: certPath });
    expect(ended).toMatchObject({ code: 0, stdout: "ada\n", stderr: "" });
  });

  it("is trusted by all requests of a process that begin at once", async () => {
    const { env, certPath } = await startCompanyRegistry();
    const calls = Array.from(
      { length: 12 },
      (_, id) => `${JSON.stringify({ jsonrpc: "2.0", id, method: "whoami", params: { input: {} } })}\n`,
    );
    const ended = await run(["serve", "--stdio"], { ...env, SSL_CERT_FILE: certPath }, calls.join(""));
    const lines = ended.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const answers = lines.filter(({ id }) => id !== undefined);
    expect(answers.map(({ result }) => result?.username)).toEqual(calls.map(() => "ada"));
  });

  it("gets no request if no setting names that authority, or if HEX_CACERTS_PATH names another one", async () => {
    const { server, env, certPath } = await startCompanyRegistry();
    const refused = { code: 6, stderr: expect.stringContaining("was not accepted: it is self-signed") };
    expect(await run(["whoami"], env)).toMatchObject(refused);
    const replaced = {
      ...env,
      SSL_CERT_FILE: certPath,
      HEX_CACERTS_PATH: "/etc/ssl/certs/ca-certificates.crt",
    };
    expect(await run(["whoami"], replaced)).toMatchObject(refused);
    expect(server.asked).toEqual([]);
  });
});

describe("a proxy that refuses", () => {
  const page: Said = { status: 403, text: "<h1>Blocked by policy</h1>" };

  it.each<[string, string, Said]>([
    ["403 for http", "http://registry.example/api", page],
    [
      "403 with its mark for http",
      "http://registry.example/api",
      {
        status: 403,
        json: { message: "no" },
        headers: { "x-squid-error": "ERR_ACCESS_DENIED 0" },
      },
    ],
    ["407 for http", "http://registry.example/api", { status: 407 }],
    ["403 for https", "https://registry.example/api", page],
    ["407 for https", "https://registry.example/api", { status: 407 }],
  ])("is named, and not the account: %s", async (_what, apiUrl, said) => {
    const proxy = await start(() => said);
    const { code, stderr } = await run(["whoami", "--allow-http"], {
      HEX_API_KEY: "k",
      HEX_API_URL: apiUrl,
      http_proxy: proxy.url,
      https_proxy: proxy.url,
    });
    expect(code).toBe(6);
    expect(stderr).toContain(`the proxy ${proxy.url} refused to connect to ${new URL(apiUrl).origin}`);
    expect(stderr).not.toMatch(/account|registry refused/i);
  });

  it("isn't blamed for a refusal of the registry", async () => {
    const proxy = await start(() => ({ status: 403, json: { status: 403, message: "email not verified" } }));
    const env = { HEX_API_KEY: "k", HEX_API_URL: "http://registry.example/api", http_proxy: proxy.url };
    expect(await run(["whoami", "--allow-http"], env)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("not confirmed"),
    });
  });
});
