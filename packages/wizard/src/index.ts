export { type AnswerQuestion, askAnswer } from "./ask-answer.ts";
export { askInput } from "./ask-input.ts";
export { askTyped, confirm } from "./confirm.ts";
export type { BackendOffer, WizardHost } from "./host.ts";
export { runWizard } from "./run-wizard.ts";
export type { Terminal } from "./terminal.ts";
export { type FlowName, flowNames } from "./wizard-run.ts";
