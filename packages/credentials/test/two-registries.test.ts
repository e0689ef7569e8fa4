import type { AccountKey, StoredCredentials } from "@hexuser/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newRegistryKey, oauthTerm, sessionOf, writeAsMixHex } from "./file/mix-hex.ts";
import { makeHome, type TemporaryHome } from "./file/temporary-home.ts";

let home: TemporaryHome;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

const hexpm: AccountKey = { profile: "default", origin: "https://hex.pm" };
const mirror: AccountKey = { profile: "default", origin: "http://localhost:4000" };
const mirrorKey = newRegistryKey();
const read = (account = hexpm) => home.backend.read(account);
const store = (credentials: StoredCredentials | undefined, account = hexpm) =>
  home.backend.update(account, async () => credentials);

describe("the owner of credentials", () => {
  it("stays the same when mix hex refreshes", async () => {
    await store({ session: sessionOf("eric", "1") }, mirror);
    await writeAsMixHex(home, "'$oauth_token'", oauthTerm(sessionOf("eric", "2")));
    expect(await read(mirror)).toEqual({ session: sessionOf("eric", "2") });
    expect(await read()).toBeUndefined();
    expect(await home.backend.list()).toEqual([mirror]);
  });

  it("is unknown, until the person names it, if another user signed in with mix hex", async () => {
    await store({ session: sessionOf("eric", "1") }, mirror);
    await writeAsMixHex(home, "'$oauth_token'", oauthTerm(sessionOf("maria", "2")));
    expect([await read(mirror), await read()]).toEqual([undefined, undefined]);
    await home.backend.adopt?.(mirror);
    expect((await read(mirror))?.session?.accessToken).toBe(sessionOf("maria", "2").accessToken);
    expect((await read(mirror))?.session?.scope).toBeUndefined();
    expect(await home.backend.list()).toEqual([mirror]);
  });

  it("stays the same for both keys when mix hex changes the local password", async () => {
    await store({ keys: { write: { sealed: "w" }, read: "r", repositories: "p" } }, mirror);
    await writeAsMixHex(home, "'$write_key'", '<<"anew">>');
    expect((await read(mirror))?.keys).toEqual({ write: { sealed: "anew" }, read: "r", repositories: "p" });
  });

  it("is the registry that the person names", async () => {
    await home.write('{api_key,<<"k">>}.\n{\'$read_key\',<<"r">>}.\n');
    await home.backend.adopt?.(mirror);
    expect(await home.backend.list()).toEqual([mirror]);
    expect(await read(mirror)).toEqual({ apiKey: "k", keys: { read: "r" } });
    expect(await read()).toBeUndefined();
    const before = await home.read();
    await home.backend.adopt?.(hexpm);
    expect(await home.read()).toBe(before);
  });
});

describe("the client that opened a session", () => {
  const theirs = { ...sessionOf("eric", "1"), clientId: "a client of our own" };

  it("is stored with it, although mix hex has no field for it, and stays when another session displaces it", async () => {
    await store({ session: theirs });
    expect((await read())?.session).toEqual(theirs);
    await store({ apiKey: "k" }, mirror);
    expect((await read())?.session).toEqual(theirs);
  });

  it("isn't the client of a session with which mix hex replaced it, for the same user", async () => {
    await store({ session: theirs });
    await writeAsMixHex(home, "'$oauth_token'", oauthTerm(sessionOf("eric", "2")));
    expect((await read())?.session).toEqual(sessionOf("eric", "2"));
  });
});

describe("the organization keys of mix hex", () => {
  const organizations = '<<"hexpm:acme">> => #{auth_key => <<"b">>}';
  const moveAway = () => home.backend.update(hexpm, async () => undefined, { moved: true });

  it.each([
    ["stay when the credentials move to another place", moveAway, true],
    ["are removed together with the credentials", () => store(undefined), false],
  ])("%s", async (_, remove, isKept) => {
    await home.write(`{'$repos',#{${organizations}}}.\n`);
    await store({ keys: { read: "r", repositories: "p" } });
    await remove();
    expect((await home.read()).includes(organizations)).toBe(isKept);
    expect(await read()).toBeUndefined();
  });

  it("stay with an account that another displaced, and return with it", async () => {
    await home.write(`{'$repos',#{${organizations}}}.\n`);
    await store({ keys: { read: "r" } });
    await store({ apiKey: "k" }, mirror);
    await moveAway();
    expect(await read()).toBeUndefined();
    expect(await home.backend.list()).toEqual([mirror]);
    await home.backend.update(hexpm, async () => ({ keys: { read: "r" } }), { signIn: true });
    expect(await home.read()).toContain(`{'$repos',#{${organizations}}}.`);
    expect(await read(mirror)).toEqual({ apiKey: "k" });
  });

  it("hide nothing that mix hex stores there afterwards", async () => {
    await home.write(`{'$repos',#{${organizations}}}.\n`);
    await store({ keys: { read: "r" } });
    await store({ apiKey: "k" }, mirror);
    await moveAway();
    await writeAsMixHex(home, "'$read_key'", '<<"new">>');
    expect(await read()).toEqual({ keys: { read: "new" } });
  });
});

describe("two registries in one file", () => {
  const keys = { write: { sealed: "w" }, read: "r", repositories: "p", names: { write: "laptop-api" } };
  const organizations = ',#{<<"hexpm:acme">> => #{auth_key => <<"b">>}}}.';

  it("give mix hex the account of the last sign-in, and keep the other whole", async () => {
    await home.write(`{'$repos'${organizations}\n`);
    await store({ session: sessionOf("eric", "1"), keys });
    await store({ session: sessionOf("eric", "m", mirrorKey) }, mirror);
    expect((await home.read()).match(/\{'\$oauth_token',.*/)?.[0]).toContain(
      sessionOf("eric", "m", mirrorKey).refreshToken,
    );
    expect(await read()).toEqual({ session: sessionOf("eric", "1"), keys });
    expect(await read(mirror)).toEqual({ session: sessionOf("eric", "m", mirrorKey) });
    await store({ session: sessionOf("eric", "2"), keys: { read: "new" } });
    expect((await home.read()).match(/\{'\$oauth_token',.*/)?.[0]).toContain(
      sessionOf("eric", "2").refreshToken,
    );
    expect(await read(mirror)).toEqual({ session: sessionOf("eric", "m", mirrorKey) });
    expect(await home.read()).toContain(`{'$repos'${organizations}`);
  });

  it("leave a displaced session in its place if it is only refreshed", async () => {
    await store({ session: sessionOf("eric", "1"), keys });
    await store({ session: sessionOf("eric", "m", mirrorKey) }, mirror);
    await home.backend.update(hexpm, async (now) => ({ ...now, session: sessionOf("eric", "2") }));
    expect((await home.read()).match(/\{'\$oauth_token',.*/)?.[0]).toContain(
      sessionOf("eric", "m", mirrorKey).refreshToken,
    );
    expect(await read()).toEqual({ session: sessionOf("eric", "2"), keys });
    await home.backend.adopt?.(hexpm);
    expect((await home.read()).match(/\{'\$oauth_token',.*/)?.[0]).toContain(
      sessionOf("eric", "2").refreshToken,
    );
    expect(await read(mirror)).toEqual({ session: sessionOf("eric", "m", mirrorKey) });
  });

  it("give mix hex a displaced account if somebody signs in to it again", async () => {
    await store({ session: sessionOf("eric", "1") });
    await store({ session: sessionOf("eric", "m", mirrorKey) }, mirror);
    await home.backend.update(hexpm, async () => ({ session: sessionOf("eric", "2") }), { signIn: true });
    expect((await home.read()).match(/\{'\$oauth_token',.*/)?.[0]).toContain(
      sessionOf("eric", "2").refreshToken,
    );
    expect(await read(mirror)).toEqual({ session: sessionOf("eric", "m", mirrorKey) });
  });

  it("give mix hex the file's own account back if the other signs out", async () => {
    await home.write(`{'$repos'${organizations}\n`);
    await store({ session: sessionOf("eric", "1"), keys });
    const before = await home.read();
    await store({ apiKey: "k" }, mirror);
    expect(await home.read()).not.toMatch(/^\{'\$repos'/m);
    await store(undefined, mirror);
    const linesOf = (text: string) => text.split("\n").filter((line) => !line.startsWith("{'$repos'"));
    const after = await home.read();
    expect(linesOf(after).sort()).toEqual(linesOf(before).sort());
    expect(after).toContain(
      '#{<<"hexpm">> => #{auth_key => <<"p">>},<<"hexpm:acme">> => #{auth_key => <<"b">>}}}.',
    );
  });

  it("lose nothing if mix hex overwrites the account that it sees", async () => {
    await store({ session: sessionOf("eric", "1"), keys });
    await store({ session: sessionOf("eric", "m", mirrorKey) }, mirror);
    await writeAsMixHex(home, "'$oauth_token'", oauthTerm(sessionOf("maria", "x")));
    expect(await read()).toEqual({ session: sessionOf("eric", "1"), keys });
    expect(await read(mirror)).toBeUndefined();
  });

  it("keep credentials without a record as assumed, until the person names their owner", async () => {
    await home.write("{'$read_key',<<\"r\">>}.\n");
    await store({ apiKey: "k" }, mirror);
    expect(await home.backend.list()).toEqual([mirror, { ...hexpm, assumed: true }]);
    const other = { profile: "default", origin: "https://hex.example" };
    await home.backend.adopt?.(other);
    expect(await read(other)).toEqual({ keys: { read: "r" } });
    expect(await read()).toBeUndefined();
    expect(await read(mirror)).toEqual({ apiKey: "k" });
  });

  it("aren't read in the format of a newer version", async () => {
    await home.write("{'$hexuser',#{version => 2}}.\n");
    await expect(read()).rejects.toMatchObject({ failure: { code: "storage_unavailable" } });
  });
});
