import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isReadableOnTheWay } from "@hexuser/core";
import { openerEnvironment } from "@hexuser/credentials";
import type { Environment } from "./settings.ts";

/** A program and its arguments. */
type Command = readonly string[];

/**
 * Opens a page in the person's browser, without waiting for it. It opens only https addresses and those of this
 * machine, and none with a username. The caller checks whether the host is the registry's own. Returns whether it
 * tried.
 *
 * @param failed called later if the program couldn't be started or says that it failed
 */
export function openBrowser(
  url: string,
  failed: () => void = () => {},
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): boolean {
  if (!isSafe(url)) return false;
  const address = new URL(url).href;
  start(
    openers(env, platform).map((command) => withAddress(command, address)),
    failed,
    env,
  );
  return true;
}

/** Starts the first of the commands that exists. */
function start([command = [], ...others]: readonly Command[], failed: () => void, env: Environment): void {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    env: openerEnvironment(env),
    stdio: "ignore",
    detached: true,
  });
  child
    .once("error", ({ code }: NodeJS.ErrnoException) => {
      if (code === "ENOENT" && others.length > 0) start(others, failed, env);
      else failed();
    })
    .once("exit", (code) => {
      if (code !== 0 && code !== null) failed();
    });
  child.unref();
}

/** Whether a page can be opened in a browser of this machine, as far as the environment tells. */
export function canOpenBrowser(
  url: string,
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): boolean {
  return isSafe(url) && hasBrowser(env, platform);
}

/** Tells whether a page may be opened without asking. */
export function isSafe(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, username, password } = new URL(url);
  const isWeb = protocol === "https:" || protocol === "http:";
  return isWeb && username === "" && password === "" && !isReadableOnTheWay(url);
}

/**
 * Tells whether the person can see a browser. Over SSH it would open on another machine's screen, and a container has
 * none. If somebody set `BROWSER`, as development containers do, its program can open one.
 */
export function hasBrowser(env: Environment, platform: NodeJS.Platform): boolean {
  if (ownCommands(env, platform).length > 0 || hasWslview(env)) return true;
  if (env.SSH_CONNECTION || env.SSH_TTY || env.SSH_CLIENT) return false;
  if (platform !== "linux" && platform !== "freebsd") return true;
  const isContainer = env.container || existsSync("/.dockerenv") || existsSync("/run/.containerenv");
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY) && !isContainer;
}

/** The commands without the address. hexuser uses the first that exists. */
function openers(env: Environment, platform: NodeJS.Platform): readonly Command[] {
  const own = ownCommands(env, platform);
  if (own.length > 0) return own;
  if (hasWslview(env)) return [["wslview"]];
  if (platform === "darwin") return [["open"]];
  return [platform === "win32" ? ["rundll32", "url.dll,FileProtocolHandler"] : ["xdg-open"]];
}

/**
 * The commands in `BROWSER`, separated by colons. No shell interprets them. If the first is empty, `BROWSER` counts as
 * unset.
 */
function ownCommands(env: Environment, platform: NodeJS.Platform): readonly Command[] {
  const entries = (env.BROWSER ?? "").split(platform === "win32" ? ";" : ":").map((entry) => entry.trim());
  return entries[0] === "" ? [] : entries.filter((entry) => entry !== "").map((entry) => entry.split(/\s+/));
}

/** The address replaces `%s`, or comes last. */
function withAddress(command: Command, address: string): Command {
  const isPlaced = command.some((word) => word.includes("%s"));
  return isPlaced ? command.map((word) => word.replaceAll("%s", () => address)) : [...command, address];
}

/** Tells whether this is Linux inside Windows with the program that opens the Windows browser. */
function hasWslview(env: Environment): boolean {
  if (!env.WSL_DISTRO_NAME) return false;
  return (env.PATH ?? "").split(":").some((folder) => folder !== "" && existsSync(join(folder, "wslview")));
}
