import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { stripVTControlCharacters } from "node:util";
import { spawn } from "@lydell/node-pty";
import { createMachine, type Machine } from "./hexuser-environment.ts";
import { startRegistry, type TestRegistry } from "./registry.ts";
import type { Journey } from "./wizard/journeys.ts";
import type { WizardStage } from "./wizard/stage.ts";

/** The times that the wizard took to ask a question. */
export interface Pause {
  /** The answered question and the next one. */
  readonly answered: string;
  readonly asked: string;
  /** Milliseconds from the Enter key to the next question, without the registry's time. */
  readonly times: number[];
}

/**
 * Walks through a journey of a program's wizard on a pseudo-terminal several times, and measures how long a person
 * waits.
 */
export async function measureJourney(
  program: string,
  journey: Journey,
  rounds: number,
): Promise<readonly Pause[]> {
  const pauses: Pause[] = [];
  // The first walk doesn't count. It warms the caches.
  for (let round = -1; round < rounds; round += 1) {
    const times = await walkOnce(program, journey);
    times.forEach(({ answered, asked, time }, index) => {
      pauses[index] ??= { answered, asked, times: [] };
      if (round >= 0) pauses[index]?.times.push(time);
    });
  }
  return pauses;
}

/** Measures the same for a program that only asks two questions with Node's own readline. */
export async function measureBareQuestions(rounds: number): Promise<Pause> {
  const script =
    'const r = require("node:readline").createInterface(process.stdin, process.stdout);' +
    'r.question("First? ", () => r.question("Second? ", () => r.close()))';
  const machine = createMachine();
  const times: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const screen = openScreen(process.execPath, ["-e", script], machine);
    await screen.shows("First?");
    const time = await screen.answer("x", "Second?");
    if (round >= 0) times.push(time);
    screen.kill();
  }
  machine.remove();
  return { answered: "(readline of Node alone)", asked: "(another question)", times };
}

async function walkOnce(program: string, { kind, args, before, steps }: Journey) {
  const registry = await startRegistry(kind);
  const watched = await watchRegistry(registry);
  const machine = createMachine({ HEX_API_URL: watched.registry.apiUrl, HEXUSER_BACKEND: "file" });
  await before?.({ registry: watched.registry, machine });
  const screen = openScreen(program, ["wizard", ...args], machine);
  // The parts of a stage that steps use.
  const stage = { registry: watched.registry, terminal: screen, look: "rich" } as unknown as WizardStage;
  const times: { answered: string; asked: string; time: number }[] = [];
  const title = ({ see }: Journey["steps"][number]) => (typeof see === "string" ? see : see.source);
  try {
    const [first, ...others] = steps;
    if (first !== undefined) await screen.shows(first.see);
    for (const [index, next] of others.entries()) {
      const step = steps[index];
      step?.act?.(stage);
      if (step?.type === undefined) {
        await screen.shows(next.see);
        continue;
      }
      const { type } = step;
      const keys = typeof type === "function" ? type(stage) : typeof type === "string" ? type : type.rich;
      const begun = watched.milliseconds();
      const time = await screen.answer(keys.replace(/\r$/, ""), next.see);
      times.push({
        answered: title(step),
        asked: title(next),
        time: time - (watched.milliseconds() - begun),
      });
    }
    return times;
  } finally {
    screen.kill();
    watched.close();
    await registry.close();
    machine.remove();
  }
}

/** Puts a listener before a registry. It passes everything on, and adds up the time until the answers. */
async function watchRegistry(registry: TestRegistry) {
  let spent = 0;
  const server = createServer((incoming, outgoing) => {
    const begin = performance.now();
    const { method, url: path, headers } = incoming;
    const passed = request(registry.url + path, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing).on("finish", () => {
        spent += performance.now() - begin;
      });
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    registry: { ...registry, url, apiUrl: `${url}/api` },
    milliseconds: () => spent,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A pseudo-terminal that tells to the millisecond when output came. */
function openScreen(program: string, args: readonly string[], { home, env }: Machine) {
  const pty = spawn(program, [...args], {
    cols: 80,
    rows: 30,
    cwd: home,
    env: { ...env, TERM: "xterm-256color" },
  });
  let written = "";
  let seen = 0;
  let look = () => {};
  pty.onData((data) => {
    written += data;
    look();
  });
  const transcript = () => stripVTControlCharacters(written);
  const shows = (text: string | RegExp) =>
    new Promise<number>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`“${text}” did not come:\n${transcript()}`)), 20_000);
      look = () => {
        const now = performance.now();
        const fresh = transcript().slice(seen);
        const at = typeof text === "string" ? fresh.indexOf(text) : fresh.search(text);
        if (at < 0) return;
        clearTimeout(limit);
        seen += at + (typeof text === "string" ? text.length : 0);
        look = () => {};
        resolve(now);
      };
      look();
    });
  return {
    transcript,
    shows,
    /** Types, presses Enter once the typed text is drawn, and returns the milliseconds until the text appears. */
    async answer(typed: string, text: string | RegExp): Promise<number> {
      // Nothing shows when a question takes keys. A person needs longer than this.
      await new Promise((resolve) => setTimeout(resolve, 100));
      pty.write(typed);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const begin = performance.now();
      pty.write("\r");
      return (await shows(text)) - begin;
    },
    kill: () => pty.kill("SIGKILL"),
  };
}
