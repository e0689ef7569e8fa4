import { accessSync, constants, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { FailureError, fail, hint, type Reserve } from "@hexuser/core";
import { byItself } from "./bindings.ts";
import { type ConfigDocument, parseConfig, printConfig } from "./config-document.ts";
import { fileFailure, makeDirectory, orWriteFailure } from "./file-failure.ts";
import { findAccount, readHoldings } from "./held-accounts.ts";
import { withLock } from "./process-lock.ts";
import { type ConfigFile, readBytes, readConfig } from "./read-config.ts";
import { type ReservedSession, readReserve, removeReserve, reservePath, takeReserve } from "./reserve.ts";
import { digestOfPair } from "./session-token.ts";
import { storeAccount } from "./store-account.ts";
import { followLinks, replaceWhole, type Successor } from "./whole-file.ts";

/** A change of the file. */
export interface Plan {
  /** May be called several times, because mix hex may write meanwhile. */
  readonly apply: (document: ConfigDocument) => Promise<ConfigDocument>;
  /** The new session, for which the one in the file was spent. */
  readonly renewed?: ReservedSession | undefined;
}

/** How often a change is repeated because mix hex, which takes no lock, has written meanwhile. */
const mostTries = 5;
const lockName = ".hexuser.lock";

/**
 * Reads a `hex.config`, changes it and writes it under a lock. The lock is beside the file to which symbolic links lead,
 * so that all processes take the same lock.
 *
 * @param wait milliseconds that it waits for the changes of other processes
 * @param prepare takes the current file and returns the change; `undefined` for no change
 */
export async function changeFile(
  path: string,
  wait: number | undefined,
  prepare: (document: ConfigDocument, reserve: Reserve) => Promise<Plan | undefined>,
): Promise<void> {
  makeDirectory(dirname(path));
  const target = findTarget(path);
  const lock = orWriteFailure(target, () => join(realpathSync(dirname(target)), lockName));
  await withLock(lock, () => changeLocked(target, prepare), wait);
}

function findTarget(path: string): string {
  try {
    return followLinks(path);
  } catch (error) {
    throw fileFailure("storage_unavailable", path, error);
  }
}

/** The document with the tokens of a reserve, if it still contains the tokens that were spent for them. */
export async function withReserved(
  document: ConfigDocument,
  reserved: ReservedSession | undefined,
): Promise<ConfigDocument> {
  if (reserved === undefined) return document;
  const { origin, spent, session } = reserved;
  const found = findAccount(await readHoldings(document), origin)?.credentials;
  return found?.session !== undefined && digestOfPair(found.session) === spent
    ? storeAccount(document, origin, { ...found, session }, byItself)
    : document;
}

async function changeLocked(target: string, prepare: Parameters<typeof changeFile>[2]): Promise<void> {
  checkReplaceable(target);
  const reserved = orWriteFailure(reservePath(target), () => readReserve(target));
  const settle = (document: ConfigDocument) => withReserved(document, reserved);
  const unsettled = await writeReserved(target, settle);
  const file = await readConfig(target);
  const first = await settle(file.document);
  let room: ReturnType<typeof takeReserve> | undefined;
  let isKept = false;
  try {
    const plan = await prepare(first, async () => {
      if (unsettled !== undefined) throw unsettled;
      room ??= takeReserve(target, file.bytes?.length ?? 0);
    });
    if (plan === undefined) return;
    isKept = room !== undefined && plan.renewed !== undefined && keep(room, plan.renewed);
    const apply = async (document: ConfigDocument) =>
      plan.apply(document === file.document ? first : await settle(document));
    await write(target, file, apply, room?.successor);
    isKept = false;
    // The reserve isn't needed any more: its tokens are in the file, or were given up together with the session.
    if (unsettled !== undefined) orWriteFailure(target, () => removeReserve(target));
  } catch (error) {
    throw isKept ? withPlace(error, reservePath(target)) : error;
  } finally {
    room?.release(isKept);
  }
}

/** Moves the tokens of a reserve to the file. Returns the failure if that isn't possible yet. */
async function writeReserved(target: string, settle: Plan["apply"]): Promise<unknown> {
  const file = await readConfig(target);
  try {
    await write(target, file, settle);
    orWriteFailure(target, () => removeReserve(target));
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Stores the tokens in the reserve. If this fails, storing them in the file may still succeed. */
function keep(room: ReturnType<typeof takeReserve>, renewed: ReservedSession): boolean {
  try {
    room.keep(renewed);
    return true;
  } catch {
    return false;
  }
}

async function write(
  target: string,
  read: ConfigFile,
  apply: Plan["apply"],
  successor?: Successor,
): Promise<void> {
  let file = read;
  for (let tries = 0; tries <= mostTries; tries += 1) {
    if (writeIfChanged(target, file, await apply(file.document), successor)) return;
    file = await readConfig(target);
  }
  throw fail("storage_locked", `Another program keeps changing the credentials (${target}).`, {
    hint: hint`wait until mix hex is done, then try again.`,
    details: { path: target },
  });
}

/** @returns false, with nothing changed, if another program has changed the file since it was read */
function writeIfChanged(
  target: string,
  { bytes: before, document: old }: ConfigFile,
  document: ConfigDocument,
  successor: Successor | undefined,
): boolean {
  // At least one byte, because an empty file looks like one that mix hex is writing.
  const content = Buffer.from(printConfig(document) || "\n");
  if (document === old || before?.equals(content)) return true;
  // A file that hexuser can't read must not replace one that it can read.
  parseConfig(content, target);
  const isCurrent = () => {
    const bytes = readBytes(target)?.bytes;
    return before === undefined ? bytes === undefined : bytes?.equals(before) === true;
  };
  return orWriteFailure(target, () => replaceWhole(target, content, { successor, isCurrent }));
}

/** Fails with `storage_write_failed` if the directory takes no new file, because no change is possible without one. */
function checkReplaceable(target: string): void {
  const directory = dirname(target);
  orWriteFailure(directory, () => accessSync(directory, constants.W_OK | constants.X_OK));
}

function withPlace(error: unknown, keptIn: string): unknown {
  if (!(error instanceof FailureError)) return error;
  const { failure } = error;
  return new FailureError({ ...failure, details: { ...failure.details, keptIn } }, { cause: error.cause });
}
