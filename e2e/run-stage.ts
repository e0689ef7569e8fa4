import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { startRegistry, type TestRegistry } from "./registry.ts";
import { type Ended, type Running, type RunOptions, startHexuser } from "./run-hexuser.ts";
import { createSetting, type Setting } from "./setting.ts";

/** The stage for a test of `hexuser run`: the registry of the file, and a machine with a key. */
export interface RunStage {
  readonly registry: TestRegistry;
  readonly setting: Setting;
  /** The secret in `HEX_API_KEY`. */
  readonly key: string;
  makeKey(name: string): string;
  /** Starts `hexuser run` with these arguments. */
  start(args: readonly string[], options?: Omit<RunOptions, "machine">): Running;
  run(args: readonly string[], options?: Omit<RunOptions, "machine">): Promise<Ended>;
  /** The received requests, including refused ones and those without an answer. */
  sent(method: string, path: string): readonly { readonly status: number }[];
}

/** Prepares the tests of a file. The returned stage is that of the current test. */
export function prepareRuns(): RunStage {
  let registry: TestRegistry;
  let setting: Setting;
  let key: string;
  beforeAll(async () => {
    registry = await startRegistry("current");
  });
  afterAll(() => registry.close());
  beforeEach(async () => {
    setting = await createSetting(registry);
    key = makeKey("machine");
    registry.control.clearRequests();
  });
  afterEach(() => {
    registry.control.clearFaults();
    setting.machine.remove();
  });

  function makeKey(name: string): string {
    const { username } = setting.account;
    return registry.control.createKey({ username, name, permissions: [{ domain: "api" }] }).secret;
  }

  const start: RunStage["start"] = (args, options = {}) =>
    startHexuser(["run", ...args], {
      machine: setting.machine,
      limit: 240_000,
      ...options,
      env: { HEX_API_KEY: key, ...options.env },
    });

  return {
    get registry() {
      return registry;
    },
    get setting() {
      return setting;
    },
    get key() {
      return key;
    },
    makeKey,
    start,
    run: (args, options) => start(args, options).ended,
    sent: (method, path) =>
      registry.control
        .requests()
        .requests.filter((request) => request.method === method && request.path === path),
  };
}
