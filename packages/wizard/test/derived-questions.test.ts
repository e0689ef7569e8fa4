import type { AnyOperation, Context } from "@hexuser/core";
import { defineAuth, listOperations } from "@hexuser/core/operations";
import { expect, it } from "vitest";
import { z } from "zod";
import { type FlowName, runWizard, type WizardHost } from "../src/index.ts";
import { typedTerminal } from "./typed-terminal.ts";

/** Fields of every kind, as an operation may have them. */
const added = {
  fullName: z.string().trim().min(2, "must have two letters").describe("Your name, as others see it"),
  seats: z.int("must be a number").max(9, "must be 9 at the most").describe("How many people will use it"),
  plan: z.enum(["free", "paid"]).optional().describe("What you pay"),
  newsletter: z.boolean().optional().describe("Whether you want to hear of news"),
  teams: z.array(z.string().min(1)).optional().describe("Which teams you are in"),
};

/** The typed text at the added questions, in their order, with a mistake at each of the first two. */
const replies = [
  ["Your name, as others see it.", "Full name: ", "x\n"],
  ["The full name must have two letters.", "Full name: ", "Ada Lovelace\n"],
  ["How many people will use it.", "Seats: ", "many\n"],
  ["The seats must be a number.", "Seats: ", "3\n"],
  ["What you pay.", "3. paid", "Type a number from 1 to 4: ", "3\n"],
  ["Whether you want to hear of news.", "Newsletter? Type yes or no (Enter for no): ", "yes\n"],
  ["Which teams you are in.", "Teams (may stay empty): ", "red, blue\n"],
] as const;
const given = {
  fullName: "Ada Lovelace",
  seats: 3,
  plan: "paid",
  newsletter: true,
  teams: ["red", "blue"],
};

interface Flow {
  readonly flow: FlowName;
  /** The operation that gets the fields, and its output. */
  readonly id: string;
  readonly output: Record<string, unknown>;
  /** The questions before the added fields and after them. */
  readonly before: readonly (readonly [question: string, typed: string])[];
  readonly after?: readonly (readonly [question: string, typed: string])[];
}

const flows: readonly Flow[] = [
  {
    flow: "register",
    id: "register",
    output: { username: "ada", email: "ada@example.com", next: [] },
    before: [
      ["Do you accept them? Type yes or no (Enter for no): ", "yes\n"],
      ["Username: ", "ada\n"],
      ["Email: ", "ada@example.com\n"],
    ],
    after: [["Go on now, and sign in? Type yes or no (Enter for yes): ", "no\n"]],
  },
  {
    flow: "auth",
    id: "auth",
    output: {
      method: "device",
      username: "ada",
      registry: "https://registry.test/api",
      location: "a file",
      keys: [],
      revoked: [],
    },
    before: [["Type a number from 1 to 2 (Enter for 1): ", "1\n"]],
  },
  {
    flow: "keys",
    id: "key.generate",
    output: {
      name: "ci",
      secret: "s",
      permissions: ["api:read"],
      expiresAt: null,
      registry: "https://registry.test/api",
    },
    before: [
      ["Type a number from 1 to 2: ", "1\n"],
      ["Name of the key (Enter for laptop): ", "ci\n"],
      ["Type the numbers, with spaces between them (Enter for 1): ", "1\n"],
      ["Type a number from 1 to 6 (Enter for 2): ", "5\n"],
    ],
  },
  {
    flow: "keys",
    id: "key.revoke",
    output: { revoked: ["ci"], forgotten: false },
    before: [
      ["Type a number from 1 to 2: ", "2\n"],
      ["Type the numbers, with spaces between them: ", "1\n"],
      ["Revoke it? Type yes or no (Enter for no): ", "yes\n"],
    ],
  },
  {
    flow: "reset_password",
    id: "reset_password.account",
    output: { sent: true, page: null },
    before: [
      ["Type a number from 1 to 3: ", "1\n"],
      ["Username or email (Enter for ada): ", "\n"],
    ],
  },
  {
    flow: "reset_password",
    id: "reset_password.local",
    output: { changed: true, reason: null },
    before: [["Type a number from 1 to 3: ", "2\n"]],
  },
];

const listedKey = {
  name: "ci",
  permissions: ["api"],
  lastUse: null,
  expiresAt: null,
  createdAt: null,
  updatedAt: null,
  inUse: false,
};
const credential = {
  kind: "key",
  from: "a file",
  name: null,
  madeAt: null,
  expiresAt: null,
  permissions: null,
  renewed: false,
};
const registry = "https://registry.test/api";
const answered: Readonly<Record<string, Record<string, unknown>>> = {
  "key.list": { keys: [listedKey], total: 1 },
  whoami: { username: "ada", owner: "user", registry, organizations: null, packages: null, credential },
};

const operations = listOperations(
  defineAuth([
    { id: "device", yields: "session" },
    { id: "password", yields: "session" },
    { id: "key", yields: "session" },
  ]),
);

/** The operations. One of them gets the fields and only stores its input. The others return fixed outputs. */
function withFields({ id, output }: Flow, calls: unknown[]): readonly AnyOperation[] {
  return operations.map((operation) => {
    const input = operation.id === id ? operation.input.extend(added) : operation.input;
    return {
      ...operation,
      input,
      async run(values: unknown) {
        if (operation.id !== id) return answered[operation.id];
        calls.push(values);
        return output;
      },
    } as AnyOperation;
  });
}

it.each(flows)("asks for a new field of $id in “$flow”, without any code in the wizard", async (flow) => {
  const terminal = typedTerminal({ isPlain: true, canGoBack: true });
  const calls: Record<string, unknown>[] = [];
  const context = {
    registry: { apiUrl: registry },
    hostname: "laptop",
    signal: new AbortController().signal,
  } as unknown as Context;
  const use = async () => {};
  const host: WizardHost = {
    terminal,
    operations: withFields(flow, calls),
    backend: { id: "file", title: "In a file", means: "", context, use },
    otherBackends: async () => [],
    commandLine: (operation, input) => `${operation.id} ${JSON.stringify(input)}`,
    escapeText: (text) => text,
    renderOutput: (_operation, output) => ({ data: JSON.stringify(output), notices: [], warnings: [] }),
    nameMention: JSON.stringify,
    pages: { open: () => false, offer() {}, close() {} },
    linkAddresses: (text) => text,
    interrupt: () => {},
  };
  const ended = runWizard(flow.flow, host);
  for (const [question, typed] of flow.before) await terminal.reply(question, typed);
  for (const [...texts] of replies) {
    const typed = texts.pop() ?? "";
    const question = texts.pop() ?? "";
    for (const text of texts) await terminal.shows(text);
    await terminal.reply(question, typed);
  }
  for (const [question, typed] of flow.after ?? []) await terminal.reply(question, typed);
  expect(await ended).toBeUndefined();
  expect(calls).toEqual([expect.objectContaining(given)]);
  // The command at the end includes the new fields, too.
  expect(terminal.screen()).toContain('"fullName":"Ada Lovelace"');
});
