import { z } from "zod";
import type { Context } from "../context.ts";
import { FailureError } from "../failure.ts";
import { type KeyRecord, keyRecord } from "../registry/key-record.ts";
import { readJson } from "../registry/registry-refusal.ts";
import { requestRegistry } from "../registry/registry-request.ts";
import type { ClassicKeys } from "../stored-credentials.ts";
import type { HttpResponse } from "../transport.ts";

export type KeyKind = "repositories" | "read" | "write";

/** What is known of a stored key: whether it still lives, and then its name. */
export interface Proof {
  readonly kind: KeyKind;
  readonly state: "alive" | "dead" | "unknown";
  readonly name: string | undefined;
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
  const readList = read === undefined ? undefined : await ask("/keys", read, ctx);
  if (repositories !== undefined) {
    const answer = await ask("/auth?domain=repositories", repositories, ctx);
    proofs.push({
      kind: "repositories",
      state: stateOf(answer),
      name: namedKey(answer) ?? names?.repositories,
    });
  }
  if (read !== undefined) {
    proofs.push({ kind: "read", state: stateOf(readList), name: ownRecord(readList)?.name ?? names?.read });
  }
  if (write !== undefined) {
    const answer = await ask("/keys", write, ctx);
    proofs.push({ kind: "write", state: stateOf(answer), name: ownRecord(answer)?.name ?? names?.write });
  } else if (keys.write !== undefined) {
    proofs.push(proveByRead(readList, names?.write));
  }
  return proofs;
}

/** Whether two credentials are the same account's, as the registry says. */
export async function isSameOwner(one: string | undefined, other: string, ctx: Context): Promise<boolean> {
  if (one === undefined) return false;
  const [first, second] = [await ask("/users/me", one, ctx), await ask("/users/me", other, ctx)].map(
    usernameOf,
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

/** The answer to a signed GET; none where the registry can't be reached. */
async function ask(path: string, authorization: string, ctx: Context): Promise<HttpResponse | undefined> {
  try {
    return await requestRegistry({ method: "GET", path, authorization }, ctx);
  } catch (error) {
    if (error instanceof FailureError) return undefined;
    throw error;
  }
}

/** A key that may not do this, or whose account isn't confirmed yet, lives all the same. */
function stateOf(answer: HttpResponse | undefined): Proof["state"] {
  if (answer === undefined) return "unknown";
  if (answer.status < 300 || answer.status === 403) return "alive";
  if (answer.status !== 401) return "unknown";
  return /not authorized/i.test(messageOf(answer)) ? "alive" : "dead";
}

function records(list: HttpResponse | undefined): KeyRecord[] {
  if (list?.status !== 200) return [];
  return z.array(keyRecord).safeParse(readJson(list)).data ?? [];
}

function ownRecord(list: HttpResponse | undefined): KeyRecord | undefined {
  return records(list).find((record) => record.authing_key);
}

function namedKey(answer: HttpResponse | undefined): string | undefined {
  if (answer?.status !== 200) return undefined;
  return z.object({ key: z.object({ name: z.string() }) }).safeParse(readJson(answer)).data?.key.name;
}

function usernameOf(answer: HttpResponse | undefined): string | undefined {
  if (answer?.status !== 200) return undefined;
  return z.object({ username: z.string() }).safeParse(readJson(answer)).data?.username;
}

function messageOf(answer: HttpResponse): string {
  return z.object({ message: z.string() }).safeParse(readJson(answer)).data?.message ?? "";
}
