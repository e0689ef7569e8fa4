import type { OutcomeCase } from "../outcome-case.ts";
import { type Setting, signInWithKey } from "../setting.ts";

/** The parts of a row that define the command. */
type Command = Pick<OutcomeCase, "args" | "before" | "stdin" | "stdinFlags" | "terminal" | "only">;

/** Rows for failures that can happen to any command that talks to the registry. */
export function registryFailures(command: string, parts: Command): OutcomeCase[] {
  return [
    {
      ...parts,
      title: `${command}: nobody answers at that address`,
      unreachable: true,
      expected: {
        exitCode: 6,
        code: "network_unreachable",
        message: /could not connect/,
        hint: /HEX_API_URL/,
      },
    },
    {
      ...parts,
      title: `${command}: too many requests`,
      before: async (setting) => {
        await parts.before?.(setting);
        limitRequests(setting);
      },
      expected: { exitCode: 7, code: "rate_limited", message: /limit/i, hint: /wait/ },
    },
    {
      ...parts,
      title: `${command}: the registry's answer isn't JSON`,
      before: async (setting) => {
        await parts.before?.(setting);
        answerWithPage(setting);
      },
      expected: {
        exitCode: 6,
        code: "registry_unavailable",
        message: /isn't the answer of a Hex registry/,
        hint: /\S/,
      },
    },
  ];
}

function limitRequests({ registry }: Setting): void {
  const body = { status: 429, message: "API rate limit exceeded for user" };
  const reset = String(Math.floor(Date.now() / 1000) + 3600);
  const headers = { "x-ratelimit-limit": "500", "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
  registry.control.addFault({ path: "/api/*", status: 429, body, headers, times: 50 });
}

function answerWithPage({ registry }: Setting): void {
  const headers = { "content-type": "text/html" };
  registry.control.addFault({ path: "/api/*", status: 200, body: "<h1>Welcome</h1>", headers, times: 50 });
}

/** Signs in with a key, and revokes it elsewhere. */
export async function signInWithRevokedKey(setting: Setting): Promise<void> {
  const secret = await signInWithKey(setting, "revoked elsewhere");
  const response = await fetch(`${setting.registry.apiUrl}/keys/${encodeURIComponent("revoked elsewhere")}`, {
    method: "DELETE",
    headers: { authorization: secret, accept: "application/json", "user-agent": "e2e" },
  });
  if (!response.ok) throw new Error(`Revoking the key was answered with ${response.status}.`);
}
