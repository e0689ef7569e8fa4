import type { AnyOperation } from "@hexuser/core";
import type { Front } from "../setup/front.ts";
import { renderBackendList } from "./backend-list.ts";
import { escapeText, toSafeJson } from "./escape-text.ts";
import { renderKeyList } from "./key-list.ts";
import { renderOperations } from "./operation-list.ts";

/** What a person gets to see of an output: data for standard output, and sentences for standard error. */
export interface Rendered {
  readonly data?: string | undefined;
  readonly notices?: readonly string[] | undefined;
  /** Told even when quiet. */
  readonly warnings?: readonly string[] | undefined;
  readonly details?: readonly string[] | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: `execute` has checked the output by the operation's own schema
type Output = any;
type Render = (output: Output, front: Pick<Front, "colors" | "width">) => Rendered;

const renderers: Readonly<Record<string, Render>> = {
  register: ({ username, next }) => ({
    notices: [
      `The account ${username} was created. What is left to do:`,
      ...next.map((step: string, index: number) => `  ${index + 1}. ${step}`),
    ],
  }),
  whoami: ({ username, credential, owner, registry }) => ({
    data: username,
    details: [
      `${owner === "organization" ? "An organization" : "A user"} of ${registry}.`,
      `Signed in with ${credentialKinds[credential.kind as string]}${credential.name === null ? "" : ` (${credential.name})`} from ${credential.from}${credentialStart(credential)}.`,
      credentialEnd(credential),
    ],
  }),
  auth: ({ username, location, keys, revoked }) => ({
    notices: [
      `Signed in${username === null ? "" : ` as ${username}`}. The credentials are kept in ${location}.`,
      ...namesLine("Keys made", keys),
      ...namesLine("Keys of the sign-in before that were revoked", revoked),
    ],
  }),
  deauth: ({ forgotten, sessionEnded, revoked, alive }) => ({
    warnings:
      alive.length === 0
        ? []
        : [
            `Still good at the registry: ${alive.join(", ")}. Revoke it on the registry's site, or with \`hexuser key revoke\`.`,
          ],
    notices: forgotten
      ? [
          `Signed out on this machine.${sessionEnded ? " The session was ended at the registry." : ""}`,
          ...namesLine("Keys revoked", revoked),
        ]
      : [],
  }),
  "key.generate": ({ name, secret, permissions, expiresAt }) => ({
    data: secret,
    notices: [
      `The key ${name} was made. It may: ${permissions.join(", ")}. ${expiresAt === null ? "It doesn't expire." : `It expires on ${expiresAt}.`}`,
      "Its secret, on standard output, can't be shown again.",
    ],
  }),
  "key.revoke": ({ revoked, forgotten }) => ({
    notices: [
      ...(revoked.length > 0 ? [`Revoked: ${revoked.join(", ")}.`] : []),
      ...(revoked.length === 0 && !forgotten ? ["There was no key to revoke."] : []),
      ...(revoked.length === 0 && forgotten
        ? ["The key was revoked before. It was still kept on this machine, and is forgotten here now."]
        : []),
      ...(revoked.length > 0 && forgotten
        ? ["A credential of this machine was among them, and is forgotten here."]
        : []),
    ],
  }),
  "key.list": renderKeyList,
  "backend.list": renderBackendList,
  "backend.use": ({ backend, profile }) => ({
    notices: [`The profile ${profile} keeps its credentials with ${backend} from now on.`],
  }),
  "backend.move": ({ from, to, moved }) => ({
    notices:
      from === to
        ? [`${to} is in use already.`]
        : [
            `${to} is in use from now on.`,
            moved.length === 0 ? "There was nothing to move." : `Moved from ${from}: ${moved.join(", ")}.`,
          ],
  }),
  "http.allow": ({ profile, origin, allowed }) => ({
    notices: [
      `The profile ${profile} may talk to ${origin} without encryption from now on, with a warning each time.`,
      namesLine("Allowed in all", allowed),
    ].flat(),
  }),
  "http.refuse": ({ profile, origin, allowed }) => ({
    notices: [
      `The profile ${profile} may not talk to ${origin} without encryption.`,
      namesLine("Still allowed", allowed),
    ].flat(),
  }),
  operations: renderOperations,
  "reset_password.account": () => ({}),
  "reset_password.local": ({ changed }) => ({
    notices: changed ? ["The local password was changed."] : [],
  }),
};

/** Texts of the program's own, whose lines are to stay. */
const ownTexts: Readonly<Record<string, Render>> = {
  schema: ({ schema }) => ({ data: toSafeJson(schema) }),
  completion: ({ script }) => ({ data: script.trimEnd() }),
  licenses: ({ text }) => ({ data: text.trimEnd() }),
};

const credentialKinds: Readonly<Record<string, string>> = {
  key: "an API key",
  session: "a session",
  keys: "a key of a classic sign-in",
};

function credentialStart({ kind, madeAt }: { kind: string; madeAt: string | null }): string {
  if (madeAt === null) return "";
  return `, ${kind === "session" ? "since" : "made on"} ${madeAt.slice(0, 10)}`;
}

interface CredentialLife {
  readonly kind: string;
  readonly expiresAt: string | null;
  readonly renewed: boolean | null;
}

function credentialEnd({ kind, expiresAt, renewed }: CredentialLife): string {
  if (kind !== "session") {
    return expiresAt === null
      ? "It doesn't expire, as far as the registry tells."
      : `It expires on ${expiresAt}.`;
  }
  const until = expiresAt === null ? "Its token expires" : `Its token is good until ${expiresAt}`;
  return `${until}, and ${renewed === true ? "is renewed by itself" : "can't be renewed"}.`;
}

function namesLine(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(", ")}.`];
}

/** Puts an operation's output into words. One without words of its own is shown as JSON. */
export function renderOutput(
  operation: Pick<AnyOperation, "id">,
  output: Record<string, unknown>,
  front: Pick<Front, "colors" | "width">,
): Rendered {
  const own = ownTexts[operation.id];
  if (own !== undefined) return own(output, front);
  const render = renderers[operation.id];
  return render === undefined ? { data: toSafeJson(output) } : render(inOneLine(output), front);
}

/** Names of keys and accounts may hold line breaks, which would end a sentence of ours: all texts from elsewhere are escaped here. */
function inOneLine(value: unknown): unknown {
  if (typeof value === "string") return escapeText(value);
  if (Array.isArray(value)) return value.map(inOneLine);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, inOneLine(part)]));
}
