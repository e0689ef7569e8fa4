import type { Context, CredentialBackend } from "@hexuser/core";
import type { BackendKind, HomeEnvironment } from "@hexuser/credentials";
import type { ProfileSettings } from "./profile-settings.ts";

/** How a backend describes itself. */
type BackendDescription = ReturnType<BackendKind["describe"]> & Pick<BackendKind, "isShared" | "canKeep">;

/** The backends of this program, for the commands that are about them. */
export interface Backends {
  /** The one in use for this profile. */
  readonly inUse: string;
  /** What could be used here: the program's own, and the helpers that are installed. */
  ids(): readonly string[];
  /** What a backend is called, what it means to use it, and what it can do. Fails as `make` does. */
  describe(id: string): BackendDescription;
  /** Fails with `invalid_input` for an unknown name. */
  make(id: string): Promise<CredentialBackend>;
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
