import { readFileSync } from "node:fs";
import { Agent, get } from "node:http";
import type { Machine } from "../hexuser-environment.ts";
import { median } from "../measure.ts";
import { startServing } from "./serve-process.ts";

const calls = 1000;
/** Milliseconds. An older file of credentials can't be one that another program is still writing. */
const settling = 2500;

/**
 * Measures a thousand `whoami` calls through one `hexuser serve`, against the same thousand requests from a loop over
 * node:http on one connection, round by round. Then it measures the memory after more and more calls.
 *
 * @returns rows of a table
 */
export async function benchServe(
  machine: Machine,
  { apiUrl, secret }: { readonly apiUrl: string; readonly secret: string },
  rounds: number,
): Promise<readonly (readonly string[])[]> {
  await new Promise((resolve) => setTimeout(resolve, settling));
  const hexuser = startServing(machine);
  const bare: number[] = [];
  const served: number[] = [];
  const memory: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const times = [await timeOf(() => requestAll(apiUrl, secret)), await timeOf(callAll)] as const;
    memory.push(residentMemory(hexuser.pid));
    if (round < 0) continue;
    bare.push(times[0]);
    served.push(times[1]);
  }
  await hexuser.close();
  const [floor, time] = [median(bare), median(served)];
  const half = memory.slice(0, Math.ceil(memory.length / 2)).at(-1) ?? Number.NaN;
  const last = memory.at(-1) ?? Number.NaN;
  return [
    [`${calls} requests, bare loop`, floor.toFixed(0), "1.00×", "", ""],
    [`${calls} × whoami through serve`, time.toFixed(0), `${(time / floor).toFixed(2)}×`, "", ""],
    [
      `memory after ${(memory.length * calls) / 2} and ${memory.length * calls} calls`,
      "",
      "",
      `${half.toFixed(0)}, ${last.toFixed(0)}`,
      `${(last / half).toFixed(2)}×`,
    ],
  ];

  async function callAll(): Promise<void> {
    const answers = await Promise.all(Array.from({ length: calls }, () => hexuser.call("whoami")));
    const failed = answers.find(({ result }) => result === undefined);
    if (failed !== undefined) throw new Error(`whoami failed: ${failed.error?.message}`);
  }
}

async function requestAll(apiUrl: string, secret: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let made = 0; made < calls; made += 1) await requestOnce(`${apiUrl}/users/me`, secret, agent);
  agent.destroy();
}

function requestOnce(url: string, secret: string, agent: Agent): Promise<void> {
  const headers = { authorization: secret, "user-agent": "bench", accept: "application/json" };
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => {
        JSON.parse(body);
        resolve();
      });
    }).once("error", reject);
  });
}

async function timeOf(run: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await run();
  return performance.now() - begin;
}

/** MiB, as Linux tells it. `NaN` elsewhere. */
function residentMemory(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}
