import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { isReadableOnTheWay } from "@hexuser/core";
import { openerEnvironment } from "@hexuser/credentials";
import type { Environment } from "./settings.ts";

/**
 * Opens a page in the person's browser, without waiting for it. Only encrypted addresses and those of this
 * machine, without a username in them; whether the host is the registry's own is for the caller to know. Gives back whether it was tried.
 *
 * @param failed called later on, if the program that opens it couldn't be started, or says that it failed
 */
export function openBrowser(
  url: string,
  failed: () => void = () => {},
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): boolean {
  const command = isSafe(url) && hasBrowser(env, platform) ? opener(env, platform) : [];
  const [program, ...args] = command.length === 0 ? [] : withAddress(command, new URL(url).href);
  if (program === undefined) return false;
  const child = spawn(program, args, {
    env: openerEnvironment(env),
    stdio: "ignore",
    detached: true,
  });
  child.once("error", failed).once("exit", (code) => {
    if (code !== 0 && code !== null) failed();
  });
  child.unref();
  return true;
}

/** Whether a page may be opened without asking. */
export function isSafe(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, username, password } = new URL(url);
  const isWeb = protocol === "https:" || protocol === "http:";
  return isWeb && username === "" && password === "" && !isReadableOnTheWay(url);
}

/**
 * Over SSH the browser would open on another machine's screen; in a container there is none. Where somebody sets
 * `BROWSER`, as development containers do, its program knows the way.
 */
export function hasBrowser(env: Environment, platform: NodeJS.Platform): boolean {
  if (env.BROWSER || isWsl(env)) return true;
  if (env.SSH_CONNECTION || env.SSH_TTY || env.SSH_CLIENT) return false;
  if (platform !== "linux" && platform !== "freebsd") return true;
  const isContainer = env.container || existsSync("/.dockerenv") || existsSync("/run/.containerenv");
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY) && !isContainer;
}

/** The command without the address. `BROWSER` may have several, with colons between them; a shell sees none of them. */
function opener(env: Environment, platform: NodeJS.Platform): readonly string[] {
  const [own = ""] = (env.BROWSER ?? "").split(platform === "win32" ? ";" : ":");
  if (own.trim() !== "") return own.trim().split(/\s+/);
  if (isWsl(env)) return ["wslview"];
  if (platform === "darwin") return ["open"];
  return platform === "win32" ? ["rundll32", "url.dll,FileProtocolHandler"] : ["xdg-open"];
}

/** The address replaces `%s`, or comes last. */
function withAddress(command: readonly string[], address: string): readonly string[] {
  const isPlaced = command.some((word) => word.includes("%s"));
  return isPlaced ? command.map((word) => word.replaceAll("%s", address)) : [...command, address];
}

/** Linux inside Windows, where the browser is. */
function isWsl(env: Environment): boolean {
  return Boolean(env.WSL_DISTRO_NAME);
}
