import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { FailureError, fail, type Reserve } from "@hexuser/core";
import { type ConfigDocument, parseConfig, printConfig } from "./config-document.ts";
import { fileFailure } from "./file-failure.ts";
import { findAccount, readHoldings } from "./held-accounts.ts";
import { withLock } from "./process-lock.ts";
import { type ConfigFile, readConfig } from "./read-config.ts";
import { checkReplaceable, makeDirectory, orWriteFailure, replaceFile } from "./replace-file.ts";
import {
  digestOfPair,
  type ReservedSession,
  readReserve,
  removeReserve,
  reservePath,
  takeReserve,
} from "./reserve.ts";
import { storeAccount } from "./store-account.ts";
import { followLinks, type Successor } from "./whole-file.ts";

/** What is to be done with the file. */
export interface Plan {
  /** It may be asked several times, since mix hex may write meanwhile. */
  readonly apply: (document: ConfigDocument) => Promise<ConfigDocument>;
  /** The session for which the one in the file was spent. */
  readonly renewed?: ReservedSession | undefined;
}

/** Times that a change is made again because mix hex, which takes no lock, wrote meanwhile. */
const mostTries = 5;
const lockName = ".hexuser.lock";

/**
 * Reads a `hex.config`, changes and writes it under a lock. The lock lies beside the file itself, wherever symbolic
 * links lead: all who come to the file by a link take the same one.
 *
 * @param wait milliseconds that it waits for the changes of other processes
 * @param prepare gets the file as it is, and gives what is to be done with it: nothing, if `undefined`
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

/** The document with the tokens of a reserve, if it still holds the pair that was spent for them. */
export async function withReserved(
  document: ConfigDocument,
  reserved: ReservedSession | undefined,
): Promise<ConfigDocument> {
  if (reserved === undefined) return document;
  const { origin, spent, session } = reserved;
  const found = findAccount(await readHoldings(document), origin)?.credentials;
  return found?.session !== undefined && digestOfPair(found.session) === spent
    ? storeAccount(document, origin, { ...found, session }, { signIn: false, sameRegistry: false })
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
    // What it held is in the file now, or was given up with the session.
    if (unsettled !== undefined) orWriteFailure(target, () => removeReserve(target));
  } catch (error) {
    throw isKept ? withPlace(error, reservePath(target)) : error;
  } finally {
    room?.release(isKept);
  }
}

/** Puts the tokens of a reserve into the file; gives the failure where that can't be done yet. */
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

/** Even if this fails, the file may still take the tokens. */
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
    hint: "wait until mix hex is done, then try again.",
    details: { path: target },
  });
}

function writeIfChanged(
  target: string,
  file: ConfigFile,
  document: ConfigDocument,
  successor: Successor | undefined,
): boolean {
  // Not a byte less than one: an empty file is taken for one that mix hex is just writing.
  const content = Buffer.from(printConfig(document) || "\n");
  if (document === file.document || file.bytes?.equals(content)) {
    return true;
  }
  // What couldn't be read back must not take the place of what can.
  parseConfig(content, target);
  return replaceFile(target, content, file.bytes, successor);
}

function withPlace(error: unknown, keptIn: string): unknown {
  if (!(error instanceof FailureError)) return error;
  const { failure } = error;
  return new FailureError({ ...failure, details: { ...failure.details, keptIn } }, { cause: error.cause });
}
