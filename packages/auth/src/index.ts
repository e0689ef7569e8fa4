export { deviceMethod } from "./device/device-method.ts";
