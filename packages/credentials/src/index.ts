export { localPasswordSeal } from "./file/local-password.ts";
