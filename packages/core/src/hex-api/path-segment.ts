import { fail } from "../failure.ts";
import { type Hint, hint } from "../hint.ts";

/**
 * Encodes a name as one segment of a path. Fails with `invalid_input` for `.` and `..`: in any encoding, a URL parser
 * takes them for the path above (WHATWG URL, 4.4), so `DELETE /keys/.` would be `DELETE /keys`, which revokes all keys.
 *
 * @param instead what to do instead
 */
export function pathSegment(name: string, instead: Hint = ["give another name."]): string {
  if (name === "." || name === "..") {
    throw fail(
      "invalid_input",
      `hexuser can't send the name “${name}” safely: a program on the way may read it as the address above, so that revoking one key would revoke all.`,
      { hint: instead },
    );
  }
  if (!name.isWellFormed()) {
    throw fail("invalid_input", "The registry can't be asked about a name that holds half of a character.", {
      hint: hint`use the registry's site for something with this name.`,
    });
  }
  return encodeURIComponent(name);
}
