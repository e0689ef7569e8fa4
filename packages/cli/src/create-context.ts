import { homedir, hostname } from "node:os";
import { deviceMethod, keyMethod, passwordMethod } from "@hexuser/auth";
import type { Context, Emit } from "@hexuser/core";
import { type HomeEnvironment, profileDirectory, readSettings } from "@hexuser/credentials";
import { type ParsedFlags, textFlag } from "./flags/parsed-flags.ts";
import { version } from "./help.generated.ts";
import { createHttpTransport } from "./http-transport.ts";
import { createBackend } from "./setup/backends.ts";
import { systemClock } from "./setup/clock.ts";
import { withEnvironmentKey } from "./setup/environment-key.ts";
import { createRegistryCache } from "./setup/registry-cache.ts";
import {
  type Environment,
  isContinuousIntegration,
  readRegistrySettings,
  readStoreSettings,
  variable,
} from "./setup/settings.ts";
import { withTrace } from "./setup/verbose-transport.ts";

export interface ContextSource {
  readonly parsed: ParsedFlags;
  readonly env: Environment;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Told of each request; none: nobody wants to know. */
  readonly trace?: ((line: string) => void) | undefined;
}

/** The one place where everything that an operation may touch is put together. */
export async function createContext({ parsed, env, emit, signal, trace }: ContextSource): Promise<Context> {
  const store = readStoreSettings(parsed, env);
  const home: HomeEnvironment = { env, homedir: homedir(), platform: process.platform };
  const backend = createBackend(store.backend, home);
  // The settings lie in the profile, whatever backend keeps the credentials.
  const config = await readSettings(profileDirectory(store.profile, home));
  const settings = readRegistrySettings(parsed, env, config);
  const http = createHttpTransport(settings);
  return {
    registry: {
      apiUrl: settings.apiUrl,
      userAgent: `hexuser/${version} (node)${isContinuousIntegration(env) ? " (CI)" : ""}`,
      timeout: settings.timeout,
      offline: settings.offline,
    },
    http: trace === undefined ? http : withTrace(http, trace),
    memory: createRegistryCache(settings.apiUrl, home),
    profile: store.profile,
    credentials:
      store.apiKey === undefined ? backend : withEnvironmentKey(backend, store.apiKey, "HEX_API_KEY"),
    authMethods: [
      deviceMethod({ clientId: textFlag(parsed, "client-id") ?? variable(env, "HEXUSER_CLIENT_ID") }),
      passwordMethod(),
      keyMethod(),
    ],
    clock: systemClock,
    hostname: hostname(),
    emit,
    signal,
  };
}
