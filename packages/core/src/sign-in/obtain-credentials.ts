import type { z } from "zod";
import { accountOf } from "../account/credential-in-use.ts";
import { type AnswerName, type Answers, answerNames } from "../answers.ts";
import type { AuthMethod, Credentials } from "../auth-method.ts";
import type { Context } from "../context.ts";
import { FailureError, fail, type Need } from "../failure.ts";
import { hint } from "../hint.ts";
import type { RegistryTraits } from "../transport.ts";

/** How the person wants to sign in. */
export interface Wishes {
  readonly method?: string | undefined;
  readonly withKey?: boolean | undefined;
  /** Nobody can approve a sign-in in a browser. */
  readonly unattended?: boolean | undefined;
  /** The scopes of the session. Only some methods can limit it. */
  readonly scope?: readonly string[] | undefined;
  /** The input of the methods. */
  readonly [field: string]: unknown;
}

export interface Obtained {
  readonly method: AuthMethod;
  readonly credentials: Credentials;
}

/**
 * Tries the methods in their order, which is the order that registries prefer. If the registry doesn't know a method,
 * it tries the next one.
 */
export async function obtainCredentials(wishes: Wishes, ctx: Context, answers: Answers): Promise<Obtained> {
  const methods = await ctx.authMethods();
  const chosen = chooseMethod(wishes, methods);
  if (chosen !== undefined && !canLimit(chosen, wishes))
    throw unlimited(`The method ${chosen.id} gives no session`);
  const candidates = chosen === undefined ? await orderMethods(wishes, methods, ctx) : [chosen];
  if (candidates.length === 0) throw nobodyLimits();
  let refused: FailureError | undefined;
  let isRoomSure = false;
  for (const method of candidates) {
    const fields = fieldsFor(method, { ...wishes, ...answers, keyKinds: ctx.credentials.keyKinds });
    // Don't let the registry issue credentials that can't be stored. A key that the person has stays valid anyway.
    if (method.yields !== "key" && !isRoomSure) await ensureStorable(ctx);
    isRoomSure = true;
    try {
      if (lacksLocalPassword(method, answers, ctx)) {
        await method.check?.(fields, ctx);
        throw missing(method, [{ answer: "newLocalPassword", because: "missing" }]);
      }
      const credentials = await method.acquire(fields, ctx);
      await ctx.memory.learn(traitOf(method, true));
      return { method, credentials };
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      const isDenied = isUnknown(error) || isSwitchedOff(error);
      if (isDenied) await ctx.memory.learn(traitOf(method, false));
      if (chosen !== undefined || !isDenied) throw error;
      refused = error;
    }
  }
  if (wishes.unattended === true && refused !== undefined && isSwitchedOff(refused))
    throw nobodyApproves(refused);
  if (wishes.scope !== undefined && refused?.failure.code === "not_supported")
    throw unlimited("This registry gives no sessions", refused);
  throw refused ?? fail("not_supported", "There is no way to sign in.");
}

/** Fails with a `storage_…` code if the backend can't store anything for this account. */
async function ensureStorable(ctx: Context): Promise<void> {
  await ctx.credentials.update(accountOf(ctx), async (now, reserve) => {
    await reserve();
    return now;
  });
}

/** Returns the method that the person asked for. Fails with `invalid_input` for an unknown one. */
export function chooseMethod(
  { method: id, withKey }: Wishes,
  methods: readonly AuthMethod[],
): AuthMethod | undefined {
  if (id === undefined) return withKey === true ? methods.find(({ yields }) => yields === "key") : undefined;
  const chosen = methods.find((method) => method.id === id);
  if (chosen === undefined) throw fail("invalid_input", "There is no such method to sign in.");
  if (withKey === true && chosen.needs !== "key") {
    throw fail("invalid_input", `You give a key, but the method ${id} takes no key.`);
  }
  return chosen;
}

/** Returns the methods to try. A method that the registry is known to refuse comes last. */
async function orderMethods(
  wishes: Wishes,
  methods: readonly AuthMethod[],
  ctx: Context,
): Promise<readonly AuthMethod[]> {
  const usable = methods.filter(
    (method) =>
      method.isOnRequest !== true &&
      (wishes.unattended !== true || method.needs !== "browser") &&
      canLimit(method, wishes),
  );
  const traits = await ctx.memory.recall();
  const isRefused = ({ shows }: AuthMethod) => shows !== undefined && traits[shows] === false;
  return [...usable.filter((method) => !isRefused(method)), ...usable.filter(isRefused)];
}

function canLimit({ input }: AuthMethod, { scope }: Wishes): boolean {
  return scope === undefined || "scope" in input.shape;
}

function nobodyLimits(): FailureError {
  return fail(
    "authentication_required",
    "A session with a scope needs somebody who approves it in a browser.",
    {
      hint: hint`run this on a terminal, or run ${{ call: "auth", given: { method: "device" } }} with ${{ field: "scope" }} and approve the code in any browser.`,
    },
  );
}

function unlimited(why: string, cause?: unknown): FailureError {
  return fail("not_supported", `${why} that could be limited to a scope.`, {
    hint: hint`leave out ${{ field: "scope" }}; or make a key that may do only this with ${{ call: "key.generate" }}, and sign in with ${{ call: "auth", given: { withKey: true } }}.`,
    cause,
  });
}

function traitOf({ shows }: AuthMethod, works: boolean): RegistryTraits {
  return shows === undefined ? {} : { [shows]: works };
}

/** Picks the fields that the method takes. Fails with needs for everything that the registry could refuse. */
function fieldsFor(method: AuthMethod, fields: Record<string, unknown>): Record<string, unknown> {
  const needs: Need[] = [];
  const taken: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(method.input.shape)) {
    if (fields[name] !== undefined) taken[name] = fields[name];
    else if (!(schema as z.ZodType).safeParse(undefined).success) needs.push(needOf(name));
  }
  if (needs.length === 0) return taken;
  throw missing(method, needs);
}

/** Tells whether the new keys will be encrypted but the local password for them is still missing. */
function lacksLocalPassword({ yields }: AuthMethod, answers: Answers, { credentials }: Context): boolean {
  return yields === "keys" && credentials.seal !== undefined && answers.newLocalPassword === undefined;
}

function missing(method: AuthMethod, needs: readonly Need[]): FailureError {
  return fail("authentication_required", missingText(method), {
    hint:
      method.needs === "key"
        ? hint`run this on a terminal, or write the key to the standard input of ${{ call: "auth", given: method.yields === "key" ? { withKey: true } : { method: method.id } }}.`
        : hint`run this on a terminal. Without a terminal, give ${{ field: "username" }}, ${{ answer: "accountPassword" }} and ${{ answer: "newLocalPassword" }} if the registry accepts account passwords, or a key with ${{ answer: "key" }} or in HEX_API_KEY, or run ${{ call: "auth", given: { method: "device" } }} and approve the code in any browser.`,
    needs,
  });
}

function missingText({ needs }: AuthMethod): string {
  return needs === "key"
    ? "Signing in with a key needs the key."
    : "Signing in needs somebody who approves it in a browser, or an account password.";
}

function needOf(field: string): Need {
  const answer = answerNames().find((name): name is AnswerName => name === field);
  return answer === undefined ? { input: field, because: "missing" } : { answer, because: "missing" };
}

function isUnknown(error: FailureError): boolean {
  return error.failure.code === "not_supported";
}

function isSwitchedOff(error: FailureError): boolean {
  return error.failure.code === "authentication_refused" && error.failure.details?.method !== undefined;
}

function nobodyApproves(cause: FailureError): FailureError {
  return fail(
    "authentication_refused",
    "This registry no longer accepts account passwords, and nobody can approve a sign-in in a browser.",
    {
      hint: hint`run ${{ call: "auth" }} on a terminal, or ${{ call: "auth", given: { method: "device" } }} and approve the code in any browser, or give a key with ${{ answer: "key" }} or in HEX_API_KEY.`,
      cause,
    },
  );
}
