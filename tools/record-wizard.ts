// Records a registration with the wizard of the built program, at a local registry, as an animated picture:
// `node tools/record-wizard.ts` writes docs/registration.svg. It shows the program's own output; how long each
// step is visible is invented, so that people can read it, and the temporary home directory is called /home/ada.
import { writeFileSync } from "node:fs";
import { createMachine } from "../e2e/hexuser-environment.ts";
import { startRegistry } from "../e2e/registry.ts";
import { openTerminal } from "../e2e/terminal.ts";
import { createStyledScreen } from "../e2e/wizard/styled-rows.ts";
import { type Frame, toAnimatedSvg } from "./animated-svg.ts";
import { workspaceRoot } from "./workspace.ts";

const columns = 72;
const path = `${workspaceRoot}/docs/registration.svg`;
/** Seconds. */
const pace = { key: 0.07, question: 0.9, reading: 2.2 };

const registry = await startRegistry("current-basic-off", { port: 4000 });
const machine = createMachine({ HEX_API_URL: registry.apiUrl, HEXUSER_BACKEND: "file" });
const terminal = openTerminal(["wizard", "register"], { machine, columns });
const screen = createStyledScreen(columns, 90);
const frames: Frame[] = [];
let time = 0;
let shown = 0;

try {
  await screen.write("$ ");
  for (const key of "hexuser wizard register") await typeSilently(key);
  await screen.write("\r\n");
  await answer("Do you accept them?", "y", pace.reading);
  await answer("Username", "ada");
  await answer("Email", "ada@example.com");
  await answer("Account password", "analytical engine");
  await answer("Account password again", "analytical engine");
  await terminal.expect("Open the link in the email before");
  await rest(pace.reading);
  await registry.control.changeUser("ada", { confirmed: true });
  await answer("Go on now", "", pace.reading);
  await approve();
  const { code } = await terminal.exit();
  if (code !== 0) throw new Error(`The wizard ended with ${code}:\n${terminal.transcript()}`);
  await rest(pace.question);
} finally {
  terminal.kill();
  await registry.close();
  machine.remove();
}
const title = "Creating an account and signing in with hexuser wizard";
writeFileSync(path, toAnimatedSvg(frames, { title, columns, visibleRows: 26, hold: 5 }));
console.log(`Wrote ${path}: ${frames.length} frames, ${Math.round(time)} seconds.`);

/** Types one key after the other, as a person does. */
async function answer(question: string, text: string, pause = pace.question): Promise<void> {
  await terminal.expect(question);
  await rest(pause);
  for (const key of text) {
    terminal.type(key);
    await rest(pace.key);
  }
  await rest(pace.question / 2);
  terminal.type("\r");
}

async function approve(): Promise<void> {
  await terminal.expect("Waiting for your approval");
  await rest(pace.reading);
  const [code = ""] = /\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/.exec(terminal.transcript()) ?? [];
  registry.control.approveDevice(code, { username: "ada" });
}

/** Shows the typing of the command, because the shell isn't recorded. */
async function typeSilently(key: string): Promise<void> {
  await screen.write(key);
  keepFrame();
  time += pace.key;
}

/** Waits for the program's output, shows it, and advances the time of the picture. */
async function rest(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 60));
  const written = terminal.raw();
  await screen.write(written.slice(shown).replaceAll(machine.hexHome, "/home/ada/.hex"));
  shown = written.length;
  keepFrame();
  time += seconds;
}

function keepFrame(): void {
  frames.push({ time, rows: screen.rows() });
}
