import { defineOperation, namesLine } from "@hexuser/core";
import { z } from "zod";
import type { CommandContext } from "../host/backends.ts";
import { readHttpOrigin } from "../host/http-allowance.ts";

const input = z.strictObject({
  origin: z
    .string({ error: "is missing" })
    .min(1, "must not be empty")
    .describe("the registry's address, like http://registry.example:4000")
    .meta({ title: "Origin", arg: true }),
});

const output = z.strictObject({
  profile: z.string(),
  origin: z.string(),
  allowed: z.array(z.string()).describe("All origins that this profile may talk to without encryption"),
});

export const httpAllow = defineOperation({
  id: "http.allow",
  summary: "Allow plain http to a registry",
  description:
    "Lets commands of this profile use this registry without encryption, with a warning each time: others on the network can read passwords, keys and sessions. --allow-http allows it for one command, HEXUSER_ALLOW_HTTP for an environment.",
  examples: [
    {
      means: "Allow plain http to a registry in your network",
      input: { origin: "http://registry.example:4000" },
    },
  ],
  effect: "write",
  input,
  answers: [],
  output,
  show: ({ profile, origin, allowed }) => ({
    notices: [
      `The profile ${profile} may talk to ${origin} without encryption from now on, with a warning each time.`,
      ...namesLine("Allowed in all", allowed),
    ],
  }),
  reach: "machine",
  run: ({ origin }, ctx: CommandContext) => change(ctx, origin, true),
});

export const httpRefuse = defineOperation({
  id: "http.refuse",
  summary: "Refuse plain http to a registry again",
  description: "Has commands of this profile refuse plain http to this registry again.",
  examples: [
    { means: "Refuse plain http to that registry again", input: { origin: "http://registry.example:4000" } },
  ],
  effect: "write",
  input,
  answers: [],
  output,
  show: ({ profile, origin, allowed }) => ({
    notices: [
      `The profile ${profile} may not talk to ${origin} without encryption.`,
      ...namesLine("Still allowed", allowed),
    ],
  }),
  reach: "machine",
  run: ({ origin }, ctx: CommandContext) => change(ctx, origin, false),
});

async function change({ backends, profile }: CommandContext, text: string, isAllowed: boolean) {
  const origin = readHttpOrigin(text, "What you gave");
  const settings = backends.settings();
  const others = (settings.allowHttp ?? []).filter((other) => other !== origin);
  const allowed = isAllowed ? [...others, origin].sort() : others;
  await backends.choose({ ...settings, allowHttp: allowed.length === 0 ? undefined : allowed });
  return { profile, origin, allowed };
}
