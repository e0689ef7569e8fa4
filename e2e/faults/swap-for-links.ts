import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";

// Tests start this script as the user who owns a home. As fast as it can, it replaces everything that hexuser uses
// there with links and removes them again, until it's killed. Arguments: the targets of the links (a file, a directory,
// and a path without a file), a `hex.config` to put in place now and then, and hexuser's directories.
const [file = "", folder = "", nothing = "", seed = "", ...directories] = process.argv.slice(2);
const fixedNames = [
  "hex.config",
  ".hexuser.lock",
  ".hex.config.hexuser-reserve",
  "settings.json",
  ".settings.lock",
];
let made = 0;

function attempt(run: () => void): void {
  try {
    run();
  } catch {}
}

/** Replaces a file or directory, if this user may. */
function swap(path: string, make: (fresh: string) => void): void {
  const fresh = `${path}.swap`;
  attempt(() => make(fresh));
  attempt(() => renameSync(fresh, path));
  attempt(() => rmSync(fresh, { recursive: true }));
}

const linkTo = (target: string) => (fresh: string) => symlinkSync(target, fresh);

function swapFile(path: string): void {
  const chance = Math.random();
  if (chance < 0.1) swap(path, linkTo(file));
  else if (chance < 0.2) swap(path, linkTo(nothing));
  else if (!path.endsWith("/hex.config")) attempt(() => rmSync(path));
  else if (chance < 0.9) swap(path, leaveSession);
}

function leaveSession(fresh: string): void {
  copyFileSync(seed, fresh);
  chmodSync(fresh, 0o600);
}

/** Removes a directory for a moment, so that hexuser may find it missing and create it. */
function swapDirectory(path: string): void {
  attempt(() => renameSync(path, `${path}.away`));
  if (Math.random() < 0.5) pause(Math.random() * 20);
  if (Math.random() < 0.5) swap(path, linkTo(folder));
  if (Math.random() < 0.5) pause(Math.random() * 2);
  attempt(() => unlinkSync(path));
  attempt(() => renameSync(`${path}.away`, path));
  attempt(() => mkdirSync(path, { recursive: true }));
}

/** @param time milliseconds */
function pause(time: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, time);
}

for (;;) {
  for (const directory of directories) {
    const temporary: string[] = [];
    attempt(() => temporary.push(...readdirSync(directory).filter((name) => name.endsWith(".tmp"))));
    for (const name of [...fixedNames, ...temporary]) swapFile(join(directory, name));
    if (made % 20 === 0) swapDirectory(directory);
  }
  made += 1;
  if (made === 100) process.stdout.write("swapping\n");
}
