import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { sendRequest } from "./send-request.ts";

const program = new URL("../bin/hexuser-sandbox", import.meta.url).pathname;
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) {
    child.kill("SIGKILL");
  }
});

function run(...args: string[]) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    output.stdout += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output.stderr += chunk;
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  return { child, output, ended };
}

async function serve(...args: string[]) {
  const running = run("--json", ...args);
  const listens = new Promise<void>((resolve) => running.child.stdout.once("data", () => resolve()));
  await Promise.race([listens, running.ended]);
  const told = JSON.parse(running.output.stdout) as { url: string; apiUrl: string; pid: number };
  return { ...running, ...told };
}

describe("the program", () => {
  it("prints its address in one line", async () => {
    const { output, url, apiUrl, pid, child } = await serve();
    expect(output.stdout.endsWith("}\n")).toBe(true);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(apiUrl).toBe(`${url}/api`);
    expect(pid).toBe(child.pid);
    expect((await sendRequest("GET", apiUrl)).status).toBe(200);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("stops on %s, with a connection open", async (signal) => {
    const { url, child, ended, output } = await serve();
    const idle = connect(Number(new URL(url).port), "127.0.0.1");
    idle.on("error", () => undefined);
    await new Promise((resolve) => idle.once("connect", resolve));
    child.kill(signal);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(output.stderr).toBe("");
  });

  it("can be reached only from this machine", async () => {
    const { url } = await serve();
    const port = Number(new URL(url).port);
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4");
    for (const { address } of others) {
      const refused = await new Promise((resolve) => {
        connect(port, address)
          .on("error", () => resolve(true))
          .on("connect", () => resolve(false));
      });
      expect(refused).toBe(true);
    }
    expect(url).toContain("//127.0.0.1:");
  });

  it("keeps its state in a file", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sandbox-"));
    try {
      const file = join(directory, "state.sqlite");
      const first = await serve("--data", file, "--kind", "classic-2021");
      await sendRequest("POST", `${first.url}/sandbox/users`, {}, { username: "alice" });
      const body = { username: "alice", name: "laptop" };
      const { json: key } = await sendRequest("POST", `${first.url}/sandbox/keys`, {}, body);
      first.child.kill("SIGTERM");
      await first.ended;
      const stored = readFileSync(file, "latin1");
      expect(stored).toContain("alice@example.com");
      expect([stored.includes("hunter42x"), stored.includes(key.secret)]).toEqual([false, false]);
      const second = await serve("--data", file, "--kind", "classic-2021");
      const me = await sendRequest("GET", `${second.apiUrl}/users/me`, { authorization: key.secret });
      expect([me.status, me.json.username]).toEqual([200, "alice"]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("takes its settings and faults from flags", async () => {
    const flags = ["--access-token-lifetime", "7", "--polling-interval", "1", "--clock-offset=-3600"];
    const { url, apiUrl } = await serve(...flags, "--no-confirm", "--fault", '{"path":"/api","status":503}');
    const { json: settings } = await sendRequest("GET", `${url}/sandbox/settings`);
    expect(settings).toMatchObject({ accessTokenLifetime: 7, pollingInterval: 1, confirmEmails: false });
    expect((await sendRequest("GET", `${url}/sandbox/clock`)).json.offset).toBe(-3600);
    expect((await sendRequest("GET", apiUrl)).status).toBe(503);
    expect((await sendRequest("GET", apiUrl)).status).toBe(200);
  });

  it("tells why it can't start", async () => {
    const { url } = await serve();
    const taken = run("--port", new URL(url).port);
    expect((await taken.ended).code).toBe(1);
    expect(taken.output.stderr).toContain("address already in use");
    const nowhere = run("--data", "/nowhere/state.sqlite");
    expect((await nowhere.ended).code).toBe(1);
    expect(nowhere.output.stderr).toContain("can't store the state in /nowhere/state.sqlite");
  });

  it("prints its help", async () => {
    const { ended, output } = run("--help");
    expect((await ended).code).toBe(0);
    expect(output.stdout).toContain("--kind NAME");
    expect(output.stderr).toBe("");
  });

  it.each([
    [["--kind", "new"], "--kind must be one of"],
    [["--port", "x"], "--port must be a whole number"],
    [["--port", "70000"], "--port must be at most 65535"],
    [["--nope"], "Unknown option '--nope'"],
    [["extra"], "Unexpected argument 'extra'"],
    [["--fault", "{"], "--fault must be JSON"],
    [["--fault", '{"stauts": 1}'], 'unknown field "stauts" of a fault'],
    [["--delay=-1"], "--delay must be a whole number, 0 or more"],
    [["--delay", "-1"], "Option '--delay' argument is ambiguous"],
  ])("refuses %j", async (args, message) => {
    const { ended, output } = run(...args);
    expect((await ended).code).toBe(2);
    expect(output.stderr).toContain(message);
    expect(output.stdout).toBe("");
  });
});
