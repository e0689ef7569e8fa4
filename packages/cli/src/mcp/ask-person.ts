import { type AnyOperation, type Context, type Failure, hint, termsPages } from "@hexuser/core";
import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type InputRequest,
  inputRequired,
  inputResponse,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { commandLine } from "../argv/command-line.ts";
import { escapeText } from "../text/escape-text.ts";

/** How the client can ask the person without the model (MCP, Elicitation). */
export interface PersonChannel {
  /** A form, with a question that isn't secret. */
  readonly form: boolean;
  /** A page to open. */
  readonly url: boolean;
  /** Texts about the progress of this call. */
  readonly progress: boolean;
}

/** Finds out what the client of this request can do. The request or the beginning of the connection told it. */
export function personChannel(server: McpServer, { mcpReq }: ServerContext): PersonChannel {
  const envelope = mcpReq.envelope as Readonly<Record<string, unknown>> | undefined;
  const told = envelope?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
  const { elicitation } = told ?? server.server.getClientCapabilities() ?? {};
  return {
    // Older clients, which know only forms, name neither.
    form: elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined),
    url: elicitation?.url !== undefined,
    progress: mcpReq._meta?.progressToken !== undefined,
  };
}

/** The questions for a form. None of the answers is secret. */
export type FormQuestion = "acceptTerms" | "accountName" | "adoptCredentials";

const field: Readonly<Record<FormQuestion, object>> = {
  acceptTerms: { type: "boolean", title: "Accept the terms" },
  accountName: { type: "string", title: "Account's name", maxLength: 255 },
  adoptCredentials: { type: "boolean", title: "Use these credentials for this registry" },
};

/** Makes the result that has the client ask the person. */
export function askPerson(question: FormQuestion, text: string) {
  const message = text.split("\n").map(escapeText).join("\n");
  const requestedSchema = {
    type: "object" as const,
    properties: { [question]: field[question] },
    required: [question],
  };
  const request = inputRequired.elicit({ message, requestedSchema } as Parameters<
    typeof inputRequired.elicit
  >[0]) as InputRequest;
  return inputRequired({ inputRequests: { [question]: request } });
}

/** Returns the person's answer. `null` declines; `undefined` means that they weren't asked in this round. */
export function answerOf(question: FormQuestion, { mcpReq }: ServerContext): unknown {
  const response = inputResponse(mcpReq.inputResponses, question);
  if (response.kind !== "elicit") return undefined;
  return response.action === "accept" ? (response.content?.[question] ?? null) : null;
}

/** Shows addresses without their scheme, because a form must not contain links (MCP, Elicitation, security). */
export function termsQuestion(
  input: Readonly<Record<string, unknown>>,
  ctx: Pick<Context, "registry">,
): string {
  const pages = termsPages(ctx.registry).map((page) => page.replace(/^https?:\/\//, ""));
  return [
    `An account “${shown(input.username)}” (${shown(input.email)}) is to be made at the registry ${ctx.registry.apiUrl.replace(/^https?:\/\//, "")}.`,
    "By making it you accept the registry's policies and terms:",
    ...pages,
    "Do you accept them?",
  ].join("\n");
}

export function destructionQuestion(name: string, what: string): string {
  return `${what} You can't undo this. Type the name of the account, “${shown(name)}”, to continue.`;
}

function shown(value: unknown): string {
  return String(value).slice(0, 255);
}

/** The failure if only the person may decide, and they can't be asked here or have said no. */
export function undecided(
  operation: AnyOperation,
  input: Readonly<Record<string, unknown>>,
  why: "declined" | "unasked",
): Failure {
  const message =
    why === "declined"
      ? "The person did not agree, so nothing was changed."
      : "This is for the person to decide, and this client has no way of asking (elicitation in form mode).";
  return {
    code: "confirmation_required",
    message,
    hint: hint`the person can run \`${commandLine(operation, input)}\` in a terminal.`,
  };
}
