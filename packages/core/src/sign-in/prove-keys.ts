import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import { readAuth, readOwnUser } from "../hex-api/accounts.ts";
import type { Answer } from "../hex-api/answer.ts";
import type { KeyRecord } from "../hex-api/key-record.ts";
import { listKeys } from "../hex-api/keys.ts";
import { type Send, sendAs } from "../registry/registry-request.ts";
import type { ClassicKeys, KeyKind } from "../stored-credentials.ts";

/** What is known about a stored key: whether it's alive, and its name if it is. */
export interface Proof {
  readonly kind: KeyKind;
  readonly state: "alive" | "dead" | "unknown";
  readonly name: string | undefined;
  /** Why the state is unknown. */
  readonly failure?: FailureError | undefined;
}

/** Milliseconds. The keys of one sign-in are made within this time of each other. */
const sameSignIn = 60_000;

/**
 * Finds out which of the keys are alive, and their names, before hexuser revokes anything by name. A registry can give
 * a name again: once a key is dead, another account or another machine may have a key of that name. A key that is alive
 * keeps its name.
 *
 * @param write the plain write key, if it's known. A write key under a local password can't prove anything. It counts
 *   as the key that the read key's list has under its name if both keys were made in the same minute.
 */
export async function proveKeys(
  keys: ClassicKeys,
  write: string | undefined,
  ctx: Context,
): Promise<Proof[]> {
  const { names, repositories, read } = keys;
  const proofs: Proof[] = [];
  let failure: FailureError | undefined;
  async function answerTo<T>(ask: Ask<T>, authorization: string): Promise<Answer<T> | undefined> {
    // If the registry can't be reached, only the first request waits for it.
    const answer = failure ?? (await unlessFailed(ask(sendAs(ctx, { authorization }))));
    if (!(answer instanceof FailureError)) return answer;
    failure = answer;
    return undefined;
  }
  function prove(kind: KeyKind, answer: Answer<unknown> | undefined, name: string | undefined) {
    // An empty list isn't a proof, because the key that asks would be in it.
    const isNoList = (value: unknown) => !Array.isArray(value) || value.length > 0;
    const state = answer?.credentialState(isNoList) ?? "unknown";
    const odd = answer !== undefined && state === "unknown" ? answer.failure() : failure;
    proofs.push({ kind, state, name: name ?? names?.[kind], failure: odd });
  }
  const readList = read === undefined ? undefined : await answerTo(listKeys, read);
  if (repositories !== undefined) {
    const answer = await answerTo((send) => readAuth(send, "repositories"), repositories);
    prove("repositories", answer, answer?.value?.name);
  }
  if (read !== undefined) prove("read", readList, ownRecord(readList)?.name);
  if (write !== undefined) {
    const answer = await answerTo(listKeys, write);
    prove("write", answer, ownRecord(answer)?.name);
  } else if (keys.write !== undefined) {
    proofs.push({ ...proveByRead(readList, names?.write), failure });
  }
  return proofs;
}

/** Tells whether the registry names the same account for both credentials. */
export async function isSameOwner(one: string | undefined, other: string, ctx: Context): Promise<boolean> {
  if (one === undefined) return false;
  const [first, second] = [await usernameOf(one, ctx), await usernameOf(other, ctx)];
  return first !== undefined && first === second;
}

function proveByRead(list: Answer<KeyRecord[]> | undefined, name: string | undefined): Proof {
  const own = ownRecord(list);
  const found = name === undefined ? undefined : list?.value?.find((record) => record.name === name);
  const apart = Math.abs(Date.parse(own?.inserted_at ?? "") - Date.parse(found?.inserted_at ?? ""));
  return apart <= sameSignIn
    ? { kind: "write", state: "alive", name }
    : { kind: "write", state: "unknown", name: undefined };
}

type Ask<T> = (send: Send) => Promise<Answer<T>>;

/** Returns the answer, or the failure if the registry can't be reached. */
async function unlessFailed<T>(answer: Promise<Answer<T>>): Promise<Answer<T> | FailureError> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof FailureError) return error;
    throw error;
  }
}

function ownRecord(list: Answer<KeyRecord[]> | undefined): KeyRecord | undefined {
  return list?.value?.find((record) => record.authing_key);
}

async function usernameOf(authorization: string, ctx: Context): Promise<string | undefined> {
  const answer = await unlessFailed(readOwnUser(sendAs(ctx, { authorization })));
  return answer instanceof FailureError ? undefined : answer.value?.username;
}
