export { type AnswerQuestion, askAnswer } from "./ask-answer.ts";
export { askInput } from "./ask-input.ts";
export { askTyped, confirm } from "./confirm.ts";
export type { BackendOffer, WizardHost, WizardTerminal } from "./host.ts";
export type { Terminal } from "./prompt.ts";
export { type FlowName, flowNames, runWizard } from "./run-wizard.ts";
