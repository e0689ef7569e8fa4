import { z } from "zod";
import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import { type KeyRecord, keyRecords } from "../registry/key-record.ts";
import { credentialState, notARegistry } from "../registry/registry-answer.ts";
import { readJson, refusal } from "../registry/registry-refusal.ts";
import { requestRegistry } from "../registry/registry-request.ts";
import type { ClassicKeys, KeyKind } from "../stored-credentials.ts";
import type { HttpResponse } from "../transport.ts";

/** What is known of a stored key: whether it still lives, and then its name. */
export interface Proof {
  readonly kind: KeyKind;
  readonly state: "alive" | "dead" | "unknown";
  readonly name: string | undefined;
  /** Why it isn't known. */
  readonly failure?: FailureError | undefined;
}

/** Milliseconds between the keys that one sign-in makes. */
const sameSignIn = 60_000;

/**
 * Finds out what the secrets prove of their keys, before anything is revoked by name. Names are given again: once a
 * key is dead, another account or another machine of the same name may have its name. A key that lives keeps it.
 *
 * @param write the write key itself, where it's known; one that lies under a local password proves nothing, and is
 *   taken for what the read key's list has under its name if both were made in the same minute
 */
export async function proveKeys(
  keys: ClassicKeys,
  write: string | undefined,
  ctx: Context,
): Promise<Proof[]> {
  const { names, repositories, read } = keys;
  const proofs: Proof[] = [];
  let failure: FailureError | undefined;
  const answerTo = async (path: string, secret: string) => {
    // A registry that can't be reached is waited for once.
    const answer = failure ?? (await ask(path, secret, ctx));
    if (!(answer instanceof FailureError)) return answer;
    failure = answer;
    return undefined;
  };
  const prove = (
    kind: KeyKind,
    answer: HttpResponse | undefined,
    name: string | undefined,
    proof: z.ZodType = keyRecords().refine((keys) => keys.length > 0),
  ) => {
    const state = answer === undefined ? "unknown" : credentialState(answer, proof);
    const odd = answer !== undefined && state === "unknown" ? failureOf(answer) : failure;
    proofs.push({ kind, state, name: name ?? names?.[kind], failure: odd });
  };
  const readList = read === undefined ? undefined : await answerTo("/keys", read);
  if (repositories !== undefined) {
    const answer = await answerTo("/auth?domain=repositories", repositories);
    prove("repositories", answer, namedKey(answer), namedKeySchema().nullable());
  }
  if (read !== undefined) prove("read", readList, ownRecord(readList)?.name);
  if (write !== undefined) {
    const answer = await answerTo("/keys", write);
    prove("write", answer, ownRecord(answer)?.name);
  } else if (keys.write !== undefined) {
    proofs.push({ ...proveByRead(readList, names?.write), failure });
  }
  return proofs;
}

/** Whether two credentials are the same account's, as the registry says. */
export async function isSameOwner(one: string | undefined, other: string, ctx: Context): Promise<boolean> {
  if (one === undefined) return false;
  const [first, second] = [await ask("/users/me", one, ctx), await ask("/users/me", other, ctx)].map(
    (answer) => (answer instanceof FailureError ? undefined : usernameOf(answer)),
  );
  return first !== undefined && first === second;
}

function proveByRead(list: HttpResponse | undefined, name: string | undefined): Proof {
  const own = ownRecord(list);
  const found = name === undefined ? undefined : records(list).find((record) => record.name === name);
  const apart = Math.abs(Date.parse(own?.inserted_at ?? "") - Date.parse(found?.inserted_at ?? ""));
  return apart <= sameSignIn
    ? { kind: "write", state: "alive", name }
    : { kind: "write", state: "unknown", name: undefined };
}

/** The answer to a signed GET, or the failure where the registry can't be reached. */
async function ask(path: string, authorization: string, ctx: Context): Promise<HttpResponse | FailureError> {
  try {
    return await requestRegistry({ method: "GET", path, authorization }, ctx);
  } catch (error) {
    if (error instanceof FailureError) return error;
    throw error;
  }
}

function records(list: HttpResponse | undefined): KeyRecord[] {
  if (list?.status !== 200) return [];
  return keyRecords().safeParse(readJson(list)).data ?? [];
}

function ownRecord(list: HttpResponse | undefined): KeyRecord | undefined {
  return records(list).find((record) => record.authing_key);
}

function namedKey(answer: HttpResponse | undefined): string | undefined {
  if (answer?.status !== 200) return undefined;
  return namedKeySchema().safeParse(readJson(answer)).data?.key.name;
}

const namedKeySchema = () => z.object({ key: z.object({ name: z.string() }) });

/** An answer that tells nothing of the key. */
function failureOf(answer: HttpResponse): FailureError {
  return answer.status < 300 ? notARegistry(answer) : refusal(answer);
}

function usernameOf(answer: HttpResponse): string | undefined {
  if (answer.status !== 200) return undefined;
  return z.object({ username: z.string() }).safeParse(readJson(answer)).data?.username;
}
