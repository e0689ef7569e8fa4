export { openSecret } from "./account/credential-in-use.ts";
export { type RevokedKey, type RevokeOptions, requireSecret, revokeKey } from "./account/revoke-key.ts";
export * from "./answers.ts";
export * from "./auth-method.ts";
export * from "./context.ts";
export * from "./credential-backend.ts";
export * from "./delivery.ts";
export * from "./display.ts";
export * from "./event.ts";
export * from "./execute.ts";
export * from "./execute-asking.ts";
export * from "./failure.ts";
export * from "./failure-schema.ts";
export { readAuth, readOwnUser } from "./hex-api/accounts.ts";
export { isNotRegistry, notARegistry } from "./hex-api/answer.ts";
export * from "./hex-api/key-record.ts";
export { createKey, makesKey } from "./hex-api/keys.ts";
export * from "./hex-api/oauth.ts";
export { readJson } from "./hex-api/read-refusal.ts";
export * from "./hex-api/refusal.ts";
export * from "./hint.ts";
export * from "./key-journal.ts";
export * from "./nearest-word.ts";
export * from "./operation.ts";
export { isReadableOnTheWay, refusePlainHttp } from "./registry/plain-http.ts";
export * from "./registry/registry-request.ts";
export { askedWait, usualMaxWait } from "./registry/request-time.ts";
export * from "./registry/site.ts";
export * from "./schema/json-schema.ts";
export * from "./schema/read-schema.ts";
export {
  checkText,
  inPredicates,
  listChoices,
  nameSubject,
  tellIssue,
  titleOfAnswer,
} from "./schema/tell-issue.ts";
export * from "./stored-credentials.ts";
export * from "./transport.ts";
