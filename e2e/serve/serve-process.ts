import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { hexuserPath, type Machine } from "../hexuser-environment.ts";

/** The answer to a request: a result or an error. */
export interface RpcAnswer {
  readonly id: string | number | null;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: Readonly<Record<string, unknown>>;
  };
}

/** An event of a request before its answer. */
export interface RpcEvent {
  readonly id: string | number | null;
  readonly event: Readonly<Record<string, unknown>> & { readonly type: string };
}

/** `hexuser serve` as a process, and the other end of its pipes. */
export interface ServeProcess {
  readonly pid: number;
  /** Sends a request and waits for its answer. */
  call(method: string, params?: unknown): Promise<RpcAnswer>;
  /** Sends a request, and returns its id at once. */
  begin(method: string, params?: unknown): { readonly id: number; readonly answer: Promise<RpcAnswer> };
  /** Writes bytes unchanged. Resolves when there is room for more. */
  write(bytes: string | Uint8Array): Promise<void>;
  /** Waits for an answer with an unexpected id. */
  nextStray(): Promise<RpcAnswer | readonly RpcAnswer[]>;
  /** Waits for an event of this type. */
  event(type: string): Promise<RpcEvent>;
  /** Everything that it wrote. */
  output(): { readonly stdout: string; readonly stderr: string };
  kill(signal: NodeJS.Signals): void;
  /** Stops reading its output. */
  hangUp(): void;
  /** Closes its standard input, and waits for its end. */
  close(): Promise<number | null>;
  readonly ended: Promise<number | null>;
}

/** Starts `hexuser serve --stdio`. */
export function startServing(machine: Machine, args: readonly string[] = []): ServeProcess {
  const child = spawn(hexuserPath, ["serve", "--stdio", ...args], { cwd: machine.home, env: machine.env });
  child.stdin.on("error", () => {});
  const lines: string[] = [];
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const waiting = new Map<unknown, (answer: RpcAnswer) => void>();
  const strays = createQueue<RpcAnswer | readonly RpcAnswer[]>();
  const events = createQueue<RpcEvent>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    const message = JSON.parse(line);
    if (message.method === "event") events.put(message.params);
    else if (waiting.has(message.id)) {
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    } else strays.put(message);
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  let ids = 0;
  const write = async (bytes: string | Uint8Array) => {
    if (!child.stdin.write(bytes)) await once(child.stdin, "drain");
  };
  const begin = (method: string, params?: unknown) => {
    ids += 1;
    const id = ids;
    const answer = new Promise<RpcAnswer>((resolve, reject) => {
      waiting.set(id, resolve);
      void ended.then((code) =>
        reject(new Error(`It ended with ${code} before ${id} was answered: ${stderr}`)),
      );
    });
    answer.catch(() => {});
    void write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    return { id, answer };
  };
  return {
    pid: child.pid ?? 0,
    begin,
    call: (method, params) => begin(method, params).answer,
    write,
    nextStray: () => strays.take(() => true),
    event: (type) => events.take(({ event }) => event.type === type),
    output: () => ({ stdout: lines.join("\n"), stderr }),
    kill: (signal) => void child.kill(signal),
    hangUp: () => void child.stdout.destroy(),
    close: () => {
      child.stdin.end();
      return ended;
    },
    ended,
  };
}

function createQueue<T>() {
  const there: T[] = [];
  const wanted: { isIt(one: T): boolean; resolve(one: T): void }[] = [];
  return {
    put(one: T) {
      const index = wanted.findIndex(({ isIt }) => isIt(one));
      if (index < 0) there.push(one);
      else wanted.splice(index, 1)[0]?.resolve(one);
    },
    take(isIt: (one: T) => boolean): Promise<T> {
      const index = there.findIndex(isIt);
      const [found] = index < 0 ? [] : there.splice(index, 1);
      return found === undefined
        ? new Promise((resolve) => wanted.push({ isIt, resolve }))
        : Promise.resolve(found);
    },
  };
}
