import type { StoredCredentials } from "@hexuser/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adoptAccount } from "../src/file/adopt-account.ts";
import { type ConfigDocument, configValue, parseConfig, printConfig } from "../src/file/config-document.ts";
import { printTerm } from "../src/file/erlang-term.ts";
import { findAccount, heldOrigins, readHoldings } from "../src/file/held-accounts.ts";
import { removeAccount, storeAccount } from "../src/file/store-account.ts";
import { describeTerm } from "./file/describe-term.ts";

const origins = ["https://hex.pm", "http://localhost:4000", "https://hex.example:8443"] as const;
const secret = fc.stringMatching(/^[a-z0-9]{1,6}$/);
const optional = { requiredKeys: [] as [] };
const names = fc.record({ write: secret, read: secret, repositories: secret }, optional);
const session = fc
  .record(
    { accessToken: secret, refreshToken: secret, expiresAt: fc.nat(), scope: secret, madeAt: fc.nat() },
    { requiredKeys: ["accessToken", "expiresAt"] },
  )
  .map((made) => made as NonNullable<StoredCredentials["session"]>);
const keys = fc.record(
  { write: secret.map((sealed) => ({ sealed })), read: secret, repositories: secret, names },
  optional,
);
const credentials = fc
  .record({ apiKey: secret, session, keys }, optional)
  .map((made) => withoutEmptyParts(made as StoredCredentials));

/** Removes the names of missing keys, and keys without any key, because they are not credentials. */
function withoutEmptyParts({ keys: all, ...others }: StoredCredentials): StoredCredentials {
  const { names: allNames = {}, ...secrets } = all ?? {};
  const named = Object.fromEntries(Object.entries(allNames).filter(([key]) => key in secrets));
  return {
    ...others,
    ...(Object.keys(secrets).length === 0
      ? {}
      : { keys: { ...secrets, ...(Object.keys(named).length === 0 ? {} : { names: named }) } }),
  };
}

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("store" as const), at: fc.nat(2), credentials }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("refresh" as const), at: fc.nat(2), session }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), at: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("adopt" as const), at: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("mix" as const), at: fc.nat(2) }) },
  ),
  { maxLength: 12 },
);

/** Rewrites the file like mix hex: all terms, without comments. */
function rewrite(document: ConfigDocument): ConfigDocument {
  return reread(document.entries.map(({ term }) => `${printTerm(term)}.\n`).join(""));
}
function reread(text: string): ConfigDocument {
  return parseConfig(Buffer.from(text), "hex.config");
}

const mine = '{offline,false}. % mine\n{\'$repos\',#{<<"mine">> => #{auth_key => <<"m">>}}}.\n{odd,[1|2]}.\n';

describe("accounts of several registries in one file", () => {
  it("match the stored ones in any order, and leave the rest of the file unchanged", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        let document = reread(mine);
        const model = new Map<string, StoredCredentials>();
        const put = async (origin: string, next: StoredCredentials) => {
          if (Object.keys(next).length === 0) {
            document = await removeAccount(document, origin);
            model.delete(origin);
          } else {
            document = await storeAccount(document, origin, next, { signIn: false, sameRegistry: false });
            model.set(origin, next);
          }
        };
        for (const step of taken) {
          const origin = origins[step.at] ?? origins[0];
          const now = model.get(origin);
          if (step.kind === "store") {
            await put(origin, step.credentials);
          } else if (step.kind === "refresh" && now?.session !== undefined) {
            const { scope } = now.session;
            const { scope: _scope, ...tokens } = step.session;
            await put(origin, { ...now, session: scope === undefined ? tokens : { ...tokens, scope } });
          } else if (step.kind === "remove") {
            await put(origin, {});
          } else if (step.kind === "adopt") {
            document = await adoptAccount(document, origin);
          } else if (step.kind === "mix") {
            document = rewrite(document);
          }
          document = reread(printConfig(document));
          const holdings = await readHoldings(document);
          expect([...heldOrigins(holdings)].sort()).toEqual([...model.keys()].sort());
          for (const [each, expected] of model) {
            expect(findAccount(holdings, each)).toEqual({ credentials: expected, assumed: false });
          }
          expect(printConfig(document)).toContain("{odd,[1|2]}.");
          expect(printTerm(configValue(document, "$repos") ?? { type: "list", items: [] })).toContain(
            '<<"mine">> => #{auth_key => <<"m">>}',
          );
        }
        for (const origin of origins) {
          document = await removeAccount(document, origin);
        }
        const left = document.entries.map(({ term }) => describeTerm(term));
        expect(left).toEqual(reread(mine).entries.map(({ term }) => describeTerm(term)));
      }),
      { numRuns: 600 },
    );
  });
});
