import { type AnyOperation, type Context, FailureError, type Outcome } from "@hexuser/core";
import type { BackendOffer, WizardHost } from "./host.ts";
import type { Back } from "./questions/back.ts";
import type { Screen } from "./screen.ts";

/** The flows, by the word after `hexuser wizard`. */
export const flowNames = ["register", "auth", "reset_password", "keys", "other"] as const;
export type FlowName = (typeof flowNames)[number];

/** The state that the flows of one run share. */
export interface WizardRun {
  readonly host: WizardHost;
  readonly screen: Screen;
  /** The backend: the host's default, until the person chooses another. */
  backend: BackendOffer;
  /** Whether a step precedes the first question of the current flow. */
  canGoBack: boolean;
  /** The changes at the registry. The wizard lists them when the person leaves, because they remain. */
  readonly done: string[];
  /** Signs in, for a flow that needs it. */
  readonly signIn: (run: WizardRun) => Promise<FlowEnd>;
  /** The account that this run made, until the person signs in to it. The menu offers to continue with it. */
  registration?: { readonly username: string; readonly accountPassword: unknown } | undefined;
}

/** Runs a flow whose first question can lead back to the step before it. */
export async function afterStep<T>(run: WizardRun, flow: (run: WizardRun) => Promise<T>): Promise<T> {
  const before = run.canGoBack;
  run.canGoBack = true;
  try {
    return await flow(run);
  } finally {
    run.canGoBack = before;
  }
}

/** How a flow ended: with an outcome, or because the person went back. */
export type FlowEnd = Outcome | Back;

/** The address of the registry in use. */
export function registryOf({ backend }: Pick<WizardRun, "backend">): string {
  return backend.context.registry.apiUrl;
}

/** The context of the backend in use. */
export function contextOf({ backend }: Pick<WizardRun, "backend">): Context {
  return backend.context;
}

/** Finds an operation among those that the host offers. */
export function operationOf({ host }: Pick<WizardRun, "host">, id: string): AnyOperation {
  const operation = host.operations.find((candidate) => candidate.id === id);
  if (operation === undefined) throw new Error(`The wizard was given no operation ${id}`);
  return operation;
}

/** Shows the command line that would have done the same. */
export function showCommand(
  { host, screen, backend }: WizardRun,
  calls: readonly (readonly [AnyOperation, Readonly<Record<string, unknown>>])[],
): void {
  const other = backend === host.backend ? undefined : backend.id;
  screen.gap();
  screen.say(calls.length === 1 ? "The same, as one command:" : "The same, as commands:");
  screen.verbatim(...calls.map(([operation, input]) => host.commandLine(operation, input, other)));
}

/** An interruption ends the wizard at any place. */
export function leaveIfInterrupted(outcome: Outcome): void {
  if (!outcome.ok && outcome.failure.code === "interrupted") throw new FailureError(outcome.failure);
}
