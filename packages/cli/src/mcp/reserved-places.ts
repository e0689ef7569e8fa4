import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";

/**
 * Whether a new file may not be made there: in one of these directories, however deep, in the place of one that isn't
 * there yet, or where its name is hidden or a directory's on the way. Programs act on hidden files by their mere names: a
 * new `.bash_profile` has bash ignore `.profile`, and what is in `.ssh` or `.git` is read as settings.
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
    // By device and number, which are the same however upper and lower case, links or mounts spell the path.
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
