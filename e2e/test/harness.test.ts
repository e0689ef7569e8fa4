import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMachine, type Machine } from "../hexuser-environment.ts";
import { bothKinds, startRegistry } from "../registry.ts";
import { runHexuser, startHexuser } from "../run-hexuser.ts";
import { openTerminal } from "../terminal.ts";

let machine: Machine;
beforeAll(() => {
  machine = createMachine({ GREETING: "hello" });
});
afterAll(() => machine.remove());

const shell = (script: string) => ["-c", script] as const;

describe("a process over pipes", () => {
  it("gets its arguments, its environment and its input, and nothing else", async () => {
    const script = "cat; echo $GREETING $HEX_API_URL $CI; echo bad >&2; exit 3";
    const ended = await runHexuser(shell(script), { machine, program: "/bin/sh", stdin: "given\n" });
    expect(ended).toEqual({ code: 3, signal: null, stdout: "given\nhello\n", stderr: "bad\n" });
  });

  it("shows its output while it runs", async () => {
    const script = "echo code ABCD >&2; read -r line; exit 5";
    const running = startHexuser(shell(script), { machine, program: "/bin/sh" });
    expect((await running.told(/code (\w+)/))[1]).toBe("ABCD");
    await expect(running.told(/never/)).rejects.toThrow("without telling");
    expect((await running.ended).code).toBe(5);
  });

  it("is killed if it hangs", async () => {
    const hanging = runHexuser(shell("exec sleep 60"), { machine, program: "/bin/sh", limit: 200 });
    await expect(hanging).rejects.toThrow("did not end");
  });
});

describe("a process on a terminal", () => {
  it("gets typed text, and its output can be read", async () => {
    const script = "printf 'Name: '; read -r name; test -t 1 && echo \"\\033[1m$name\\033[0m\"; exit 4";
    const terminal = openTerminal(shell(script), { machine, program: "/bin/sh" });
    await terminal.expect("Name: ");
    terminal.type("alice\r");
    expect(await terminal.exit()).toEqual({ code: 4, signal: 0 });
    expect(terminal.transcript()).toBe("Name: alice\r\nalice\r\n");
    expect(terminal.raw()).toContain("\x1b[1malice");
  });

  it("is interrupted by Ctrl-C", async () => {
    const terminal = openTerminal(shell("trap 'kill $!; exit 130' INT; sleep 60 & echo up; wait"), {
      machine,
      program: "/bin/sh",
    });
    await terminal.expect("up");
    terminal.type("\x03");
    expect((await terminal.exit()).code).toBe(130);
  });

  it("doesn't block a test", async () => {
    const terminal = openTerminal(shell("exec sleep 60"), { machine, program: "/bin/sh", limit: 200 });
    await expect(terminal.expect("never")).rejects.toThrow("did not come");
  });
});

describe.each(bothKinds)("a registry of %s", (kind) => {
  it("has accounts, and sends mail", async () => {
    const registry = await startRegistry(kind);
    const account = await registry.createAccount();
    expect(registry.control.user(account.username).email).toBe(account.email);
    expect(() => registry.linkSentTo("nobody@example.com")).toThrow("No mail");
    await registry.close();
  });
});
