import { fail } from "../failure.ts";

/**
 * Encodes what the person named as one segment of a path. `.` and `..` can't be one, however they are encoded: they
 * are taken for the path above (WHATWG URL, 4.4), and `/keys/.` would be the address of all keys.
 */
export function pathSegment(name: string): string {
  if (name === "." || name === "..") {
    throw fail("invalid_input", `The registry can't be asked about something that is called “${name}”.`, {
      hint: "give another name; what is called so can be changed on the registry's site alone.",
    });
  }
  return encodeURIComponent(name);
}
