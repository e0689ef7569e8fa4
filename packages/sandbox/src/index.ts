export {
  type AccountControl,
  ControlError,
  type ControlledUser,
  type UserChange,
} from "./control/account-control.ts";
export type { Control } from "./control/control.ts";
export type { Fault } from "./control/faults.ts";
export type { ControlledDevice, OauthControl, OpenedSession } from "./control/oauth-control.ts";
export type { LoggedRequest, RequestReport } from "./control/request-log.ts";
export { type GenerationName, generationNames } from "./generation.ts";
export type { Settings } from "./settings.ts";
export { type Sandbox, type SandboxOptions, startSandbox } from "./start-sandbox.ts";
export type { Mail } from "./store/mail.ts";
export type { Role } from "./store/organizations.ts";
