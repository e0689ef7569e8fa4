import { type AccountKey, fail, hint, type OrganizationKeys } from "@hexuser/core";
import { checkOrigin } from "../backend-failure.ts";
import { isStranger } from "./bindings.ts";
import { changeFile } from "./change-file.ts";
import type { ConfigDocument } from "./config-document.ts";
import { atom, binary, fieldOf, keyName, type MapTerm, mapOf, textOf, withField } from "./erlang-term.ts";
import { type Holdings, hexpmOrigin, readHoldings, repositoriesOwner } from "./held-accounts.ts";
import { hexpm, repositoriesIn, withRepositories } from "./hex-slots.ts";
import { writeOwnEntry } from "./own-entry.ts";
import { readConfig } from "./read-config.ts";

/**
 * Stores the keys of organizations where mix hex reads them: as `auth_key` of `hexpm:NAME` in `'$repos'`. mix hex 2.5.2
 * also reads `auth_key_owner`, and warns about a key without it.
 *
 * mix hex doesn't record the registry, and sends such a key to the address of its repository `hexpm`. So hexuser stores
 * a key only if the account in mix hex's entries belongs to the same registry. If our entry keeps an account, it also
 * keeps that account's keys.
 */
export function organizationKeys(
  pathOf: (profile: string) => string,
  lockWait: number | undefined,
): OrganizationKeys {
  return {
    async list({ profile, origin }) {
      const { document } = await readConfig(pathOf(profile));
      const { repositories } = find(document, await readHoldings(document), checkOrigin(origin));
      return repositories.pairs.flatMap(([name, entry]) => {
        const [repository = "", organization] = (keyName(name) ?? "").split(":", 2);
        const isKey = repository === hexpm && textOf(fieldOf(entry, "auth_key"));
        return organization !== undefined && isKey ? [organization] : [];
      });
    },
    async store(account, organization, { secret, owner }) {
      const path = pathOf(account.profile);
      const origin = checkOrigin(account.origin);
      let sentElsewhere = false;
      await changeFile(path, lockWait, async () => ({
        async apply(document) {
          const holdings = await readHoldings(document);
          const { repositories, isKept } = find(document, holdings, origin);
          if (isKept) throw ofAnotherRegistry(account, path, repositoriesOwner(holdings));
          const hasUrl = textOf(fieldOf(fieldOf(repositories, hexpm), "url")) !== undefined;
          sentElsewhere = origin !== hexpmOrigin && !hasUrl;
          return withRepositories(document, withKey(repositories, organization, secret, owner));
        },
      }));
      return { sentElsewhere };
    },
    async remove({ profile, origin }, organization) {
      let removed = false;
      await changeFile(pathOf(profile), lockWait, async () => ({
        async apply(document) {
          const account = checkOrigin(origin);
          const holdings = await readHoldings(document);
          const { repositories, isKept } = find(document, holdings, account);
          const name = `${hexpm}:${organization}`;
          removed = fieldOf(repositories, name) !== undefined;
          if (!removed) return document;
          const left = withField(repositories, name, undefined);
          if (!isKept) return withRepositories(document, left);
          const kept = new Map(holdings.own.kept);
          const there = kept.get(account);
          if (there !== undefined) kept.set(account, { ...there, repositories: left });
          return writeOwnEntry(document, { ...holdings.own, kept });
        },
      }));
      return removed;
    },
  };
}

/**
 * Finds the repositories of an account. `isKept`: mix hex's entries belong to another registry, so our entry may keep
 * them.
 */
function find(document: ConfigDocument, holdings: Holdings, origin: string) {
  const isKept = repositoriesOwner(holdings) !== origin;
  const kept = holdings.own.kept.get(origin)?.repositories ?? mapOf({});
  return { repositories: isKept ? kept : repositoriesIn(document), isKept };
}

/** Sets the key. It removes the token that mix hex got for another key, and keeps everything else. */
function withKey(
  repositories: MapTerm,
  organization: string,
  secret: string,
  owner: "organization" | undefined,
): MapTerm {
  const name = `${hexpm}:${organization}`;
  const there = fieldOf(repositories, name);
  const old = there?.type === "map" ? there : mapOf({});
  const isSame = textOf(fieldOf(old, "auth_key")) === secret;
  const fresh = isSame ? old : withField(old, "oauth_token", undefined);
  const keyed = withField(fresh, "auth_key", binary(secret), atom("auth_key"));
  const owned = owner === undefined ? undefined : atom(owner);
  return withField(repositories, name, withField(keyed, "auth_key_owner", owned, atom("auth_key_owner")));
}

function ofAnotherRegistry({ origin }: AccountKey, path: string, owner: string) {
  const whose = isStranger(owner) ? "another registry" : owner;
  return fail(
    "not_supported",
    `mix hex's entries in ${path} belong to ${whose}, so mix hex would send the key there. The key was not stored.`,
    {
      hint: hint`sign in to ${origin} with ${{ call: "auth" }} first, or use a profile of its own with ${{ option: "profile" }}. Without a sign-in, tell mix hex the registry with \`mix hex.config api_url ADDRESS\`.`,
    },
  );
}
