import type { Context, CredentialBackend } from "@hexuser/core";
import type { HomeEnvironment } from "@hexuser/credentials";
import type { ProfileSettings } from "../setup/profile-settings.ts";

/** The backends of this program, for the commands that are about them. */
export interface Backends {
  /** The one in use for this profile. */
  readonly inUse: string;
  /** What could be used here: the program's own, and the helpers that are installed. */
  ids(): Promise<readonly string[]>;
  /** Fails with `invalid_input` for an unknown name. */
  make(id: string): CredentialBackend;
  /** Whether it could be used, found out without a word, and within seconds: nobody has chosen it yet. */
  isUsable(id: string): Promise<boolean>;
  /** The directories of hexuser, mix hex and mix, whether they exist or not. */
  ownDirectories(): readonly string[];
  settings(): ProfileSettings;
  choose(settings: ProfileSettings): Promise<void>;
}

/** What commands that are no operations get, besides the context of operations. */
export interface CommandContext extends Context {
  /** The home that may be touched. */
  readonly home: HomeEnvironment;
  readonly backends: Backends;
}
