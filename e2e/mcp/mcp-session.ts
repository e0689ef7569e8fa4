import { type ChildProcess, spawn } from "node:child_process";
import {
  type CallToolResult,
  Client,
  type ClientCapabilities,
  type ElicitRequest,
  type ElicitResult,
  type JSONRPCMessage,
  type Transport,
} from "@modelcontextprotocol/client";
import { hexuserPath, type Machine } from "../hexuser-environment.ts";

/** How a client and the server agree on a revision: as of 2026-07-28, or by the older handshake. */
export type Revision = "2026-07-28" | "2025-11-25";
export const revisions: readonly Revision[] = ["2026-07-28", "2025-11-25"];

export interface McpOptions {
  readonly machine: Pick<Machine, "env" | "home">;
  /** Another program than hexuser. */
  readonly program?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly revision?: Revision;
  readonly capabilities?: ClientCapabilities;
  /** The person's reaction to the client's questions. */
  readonly onElicit?: (params: ElicitRequest["params"]) => ElicitResult | Promise<ElicitResult>;
}

/** A client from the protocol's own library, connected to the real program. */
export interface McpSession {
  readonly client: Client;
  call(name: string, args?: Record<string, unknown>): Promise<CallToolResult>;
  /** All messages so far in both directions, and everything that the program wrote to standard error. */
  traffic(): string;
  readonly stderr: () => string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  kill(signal: NodeJS.Signals): void;
  /** Stops reading the program's output. */
  hangUp(): void;
  close(): Promise<void>;
}

/** Starts `hexuser mcp` and connects the client. */
export async function openMcp(options: McpOptions): Promise<McpSession> {
  const {
    machine,
    program = hexuserPath,
    args = [],
    env = {},
    revision = "2026-07-28",
    capabilities = {},
    onElicit,
  } = options;
  const child = spawn(program, ["mcp", ...args], {
    cwd: machine.home,
    env: { ...machine.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const lines: string[] = [];
  const client = new Client(
    { name: "test", version: "1.0.0" },
    {
      capabilities,
      versionNegotiation: { mode: revision === "2026-07-28" ? { pin: revision } : "legacy" },
    },
  );
  if (onElicit !== undefined) {
    client.setRequestHandler("elicitation/create", ({ params }) => onElicit(params));
  }
  await client.connect(recordingTransport(child, lines));
  return {
    client,
    call: (name, given = {}) => client.callTool({ name, arguments: given }) as Promise<CallToolResult>,
    traffic: () => [...lines, stderr].join("\n"),
    stderr: () => stderr,
    ended,
    kill: (signal) => void child.kill(signal),
    hangUp: () => void child.stdout.destroy(),
    async close() {
      child.stdin.end();
      await ended;
      await client.close();
    },
  };
}

function recordingTransport(child: ChildProcess, lines: string[]): Transport {
  let rest = "";
  const transport: Transport = {
    async start() {
      child.stdin?.on("error", () => {});
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        const parts = `${rest}${text}`.split("\n");
        rest = parts.pop() ?? "";
        for (const line of parts) {
          lines.push(line);
          transport.onmessage?.(JSON.parse(line) as JSONRPCMessage);
        }
      });
      child.once("close", () => transport.onclose?.());
    },
    async send(message) {
      const line = JSON.stringify(message);
      lines.push(line);
      child.stdin?.write(`${line}\n`);
    },
    async close() {
      child.stdin?.end();
    },
  };
  return transport;
}

/** The failure in the result of a tool. */
export function failureOf(result: CallToolResult) {
  const [first] = result.content;
  if (result.isError !== true || first?.type !== "text") {
    throw new Error(`That is no failure: ${JSON.stringify(result)}`);
  }
  return JSON.parse(first.text).failure as { code: string; message: string; hint?: string; needs?: unknown };
}

/** All texts of a result. */
export function textOf(result: CallToolResult): string {
  return result.content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}
