import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, posix, sep, win32 } from "node:path";
import { type AccountKey, FailureError, fail, hint } from "@hexuser/core";
import { findProfileDirectory } from "@hexuser/credentials";
import { backendNames } from "@hexuser/credentials/backends";
import { z } from "zod";
import type { CommandContext } from "../host/backends.ts";
import { cannotWrite, type Destination, openSecretFile } from "../output/secret-file.ts";

/** The fields that the tool for making a key takes besides the operation's input. */
export const destinationSchema = z.strictObject({
  saveTo: z
    .string({ error: "is missing" })
    .min(1, "must not be empty")
    .max(4096)
    .describe(
      "Where the key's secret goes, which is never shown here: the absolute path of a file that doesn't exist yet, in a directory that does; or backend:NAME together with `profile`, for the backend in use or one that `hexuser mcp --save-to-backend` names",
    ),
  profile: z
    .string()
    .min(1, "must not be empty")
    .max(64)
    .optional()
    .describe("With backend:NAME: the profile whose key it becomes; nothing may be kept there yet"),
});
export type DestinationInput = z.output<typeof destinationSchema>;

const backendPrefix = "backend:";

/** Finds the place and prepares it. Fails with `invalid_input` or `storage_…` if it can't store anything. */
export function openDestination(
  { saveTo, profile }: DestinationInput,
  ctx: CommandContext,
  allowedBackends: readonly string[],
): Promise<Destination> {
  if (!saveTo.startsWith(backendPrefix)) {
    if (profile === undefined) return openFile(saveTo, ctx.backends.ownDirectories());
    throw fail("invalid_input", "`profile` goes with a backend, not with a file.", {
      hint: hint`leave out \`profile\`, or give \`saveTo\` as backend:NAME.`,
    });
  }
  if (profile === undefined) {
    throw fail("invalid_input", "The profile is missing.", {
      hint: hint`give \`profile\`: the key becomes that profile's own.`,
      needs: [{ input: "profile", because: "missing" }],
    });
  }
  const id = saveTo.slice(backendPrefix.length);
  const isAllowed = id === ctx.backends.inUse || allowedBackends.includes(id);
  if (!isAllowed || isProgramPath(id)) throw notAllowed();
  return openBackend(id, profile, ctx);
}

/** Tells whether that is a helper with a path, and not a name to look up on the PATH. */
export function isProgramPath(id: string): boolean {
  return /[/\\]/.test(id);
}

/** A helper is a program that gets the key. Only the person may choose it. */
function notAllowed(): FailureError {
  return fail("invalid_input", "A model may not store a key in that backend.", {
    hint: hint`give the backend in use, or a file; the person can allow another backend by starting \`hexuser mcp\` with --save-to-backend NAME.`,
  });
}

/**
 * Registries make keys of letters and digits. Any other text must not get into a file that a shell may read and whose
 * path the model chose.
 */
export function checkSecret(secret: string): void {
  if (/^[A-Za-z0-9._~+/=-]{1,4096}$/.test(secret)) return;
  throw fail("storage_write_failed", "The registry gave a key with invalid characters.", {
    hint: hint`check the registry's address; make the key with \`hexuser key generate\` if you trust it.`,
  });
}

/**
 * Tells whether that can be the path of a new file on this machine. On Windows, `\\server\share` is on another machine,
 * and `name:stream` is part of an existing file.
 */
export function isFilePath(path: string, platform: NodeJS.Platform = process.platform): boolean {
  if (path.includes("\0") || /[/\\]$/.test(path)) return false;
  if (platform !== "win32") return posix.isAbsolute(path);
  return win32.isAbsolute(path) && !/^[/\\]{2}/.test(path) && !win32.basename(path).includes(":");
}

/** Reserves the space for the file before the key is made. It follows no link. */
async function openFile(path: string, forbidden: readonly string[]): Promise<Destination> {
  if (!isFilePath(path)) {
    throw fail("invalid_input", "`saveTo` is not the absolute path of a file on this machine.", {
      hint: hint`give an absolute path, or backend:NAME with \`profile\`.`,
    });
  }
  try {
    const directory = await realpath(dirname(path));
    if (await isReserved(directory, basename(path), forbidden)) throw reserved();
    return openSecretFile(join(directory, basename(path)));
  } catch (error) {
    throw error instanceof FailureError ? error : cannotWrite(path, error);
  }
}

function reserved(): FailureError {
  return fail(
    "storage_write_failed",
    "`saveTo` is a hidden file, or in a directory that is hidden or of hexuser or mix hex.",
    {
      hint: hint`give a file in a directory of your project or of your own, or backend:NAME with \`profile\`.`,
    },
  );
}

async function openBackend(id: string, profile: string, ctx: CommandContext): Promise<Destination> {
  if (!ctx.backends.describe(id).canKeep) {
    throw fail("invalid_input", `The backend “${id}” stores nothing.`, {
      hint: hint`give backend:NAME with one of: ${backendNames(({ canKeep }) => canKeep)}.`,
    });
  }
  const account: AccountKey = { profile, origin: new URL(ctx.registry.apiUrl).origin };
  // Fails for a name that no profile can have.
  findProfileDirectory(profile, ctx.home);
  const backend = await ctx.backends.make(id);
  const state = await backend.available();
  if (!state.available) throw fail("storage_unavailable", state.why, { hint: state.hint });
  const where = backend.location(account);
  const isTaken = async () => (await backend.list()).some((held) => held.profile === profile);
  if ((await isTaken()) || (await backend.read(account)) !== undefined) throw taken(profile, where);
  // Do this before the key is made, because nobody else will have it.
  await backend.update(account, async (now, reserve) => {
    await reserve();
    return now;
  });
  return {
    where: `${where} (backend ${backend.id}, profile ${profile})`,
    async keep(secret) {
      await backend.update(
        account,
        async (now) => {
          if (now !== undefined) throw taken(profile, where);
          return { apiKey: secret };
        },
        { signIn: true },
      );
    },
    async abandon() {},
  };
}

function taken(profile: string, where: string): FailureError {
  return fail("storage_write_failed", `The profile ${profile} already has credentials in ${where}.`, {
    hint: hint`give another profile, or sign that one out with \`hexuser deauth --profile NAME\`.`,
  });
}

/**
 * Tells whether a new file is forbidden there: in one of these directories at any depth, in the place of one that
 * doesn't exist yet, or with a hidden name or directory in its path. Programs use hidden files because of their names:
 * a new `.bash_profile` makes bash ignore `.profile`, and programs read files in `.ssh` or `.git` as settings.
 *
 * @param directory the real path of a directory, without links
 */
export async function isReserved(
  directory: string,
  name: string,
  reserved: readonly string[],
): Promise<boolean> {
  if ([...directory.split(sep), name].some((part) => part.startsWith("."))) return true;
  const ancestors = await Promise.all(withParents(directory).map(identity));
  for (const own of reserved) {
    const id = await identity(own);
    // Compare by device and number, which don't depend on upper and lower case, links or mounts in the path.
    if (id === undefined ? await isSamePath(own, join(directory, name)) : ancestors.includes(id)) return true;
  }
  return false;
}

function withParents(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...withParents(parent)];
}

async function identity(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

async function isSamePath(missing: string, file: string): Promise<boolean> {
  const parent = await realpath(dirname(missing)).catch(() => undefined);
  return parent !== undefined && join(parent, basename(missing)).toLowerCase() === file.toLowerCase();
}
