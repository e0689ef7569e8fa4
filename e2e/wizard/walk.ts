import type { WizardStage } from "./stage.ts";

/** Something that the person sees, and their reaction. */
export interface Step {
  readonly see: string | RegExp;
  /** The typed text. Undefined without a question. It can differ between the two looks. */
  readonly type?: string | ((stage: WizardStage) => string) | Readonly<Record<WizardStage["look"], string>>;
  /** A person's action elsewhere meanwhile: on the registry's site or in a mailbox. */
  act?(stage: WizardStage): void;
}

/** Waits for each step's text and types, step after step. */
export async function walk(stage: WizardStage, steps: readonly Step[]): Promise<void> {
  for (const { see, type, act } of steps) {
    await stage.terminal.expect(see);
    act?.(stage);
    if (type === undefined) continue;
    // In plain lines, the terminal echoes typed text at once, wherever the cursor is.
    if (stage.look === "plain") await stage.terminal.expect(/: $/);
    const keys =
      typeof type === "function" ? type(stage) : typeof type === "string" ? type : type[stage.look];
    stage.terminal.type(keys);
  }
}

/** Approves the sign-in with the code on the screen. */
export function approve(stage: WizardStage, username: string): void {
  const code = [...stage.terminal.transcript().matchAll(/\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/g)].at(-1)?.[0];
  if (code === undefined) throw new Error(`There is no code on the screen:\n${stage.terminal.transcript()}`);
  stage.registry.control.approveDevice(code, { username });
}
