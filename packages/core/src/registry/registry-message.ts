import type { Event } from "../event.ts";

/** Reads `x-hex-message: "text"; level=warn|fatal`. Anything else gives `undefined`. */
export function readRegistryMessage(header: string | undefined): Event | undefined {
  const match = header?.match(/^"((?:[^"\\]|\\.){0,2000})"(?:\s*;\s*level=(warn|fatal))?/);
  if (match?.[1] === undefined) return undefined;
  return {
    type: "registry_message",
    level: match[2] === "fatal" ? "fatal" : "warn",
    text: match[1].replace(/\\(.)/g, "$1"),
  };
}
