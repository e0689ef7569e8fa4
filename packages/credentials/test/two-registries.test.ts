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

describe("whose credentials they are", () => {
  it("is kept through a refresh by mix hex", async () => {
    await store({ session: sessionOf("eric", "1") }, mirror);
    await writeAsMixHex(home, "'$oauth_token'", oauthTerm(sessionOf("eric", "2")));
    expect(await read(mirror)).toEqual({ session: sessionOf("eric", "2") });
    expect(await read()).toBeUndefined();
    expect(await home.backend.list()).toEqual([mirror]);
  });

  it("is for the person to say when another user signed in there by mix hex", async () => {
    await store({ session: sessionOf("eric", "1") }, mirror);
    await writeAsMixHex(home, "'$oauth_token'", oauthTerm(sessionOf("maria", "2")));
    expect([await read(mirror), await read()]).toEqual([undefined, undefined]);
    await home.backend.adopt?.(mirror);
    expect((await read(mirror))?.session?.accessToken).toBe(sessionOf("maria", "2").accessToken);
    expect((await read(mirror))?.session?.scope).toBeUndefined();
    expect(await home.backend.list()).toEqual([mirror]);
  });

  it("is kept for both keys when mix hex changes the local password", async () => {
    await store({ keys: { write: { sealed: "w" }, read: "r", repositories: "p" } }, mirror);
    await writeAsMixHex(home, "'$write_key'", '<<"anew">>');
    expect((await read(mirror))?.keys).toEqual({ write: { sealed: "anew" }, read: "r", repositories: "p" });
  });

  it("is what the person says", async () => {
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

  it("is kept with it, where mix hex has no place for it, and when another displaces it", async () => {
    await store({ session: theirs });
    expect((await read())?.session).toEqual(theirs);
    await store({ apiKey: "k" }, mirror);
    expect((await read())?.session).toEqual(theirs);
  });

  it("isn't taken for that of what mix hex put in its place, for the same user", async () => {
    await store({ session: theirs });
    await writeAsMixHex(home, "'$oauth_token'", oauthTerm(sessionOf("eric", "2")));
    expect((await read())?.session).toEqual(sessionOf("eric", "2"));
  });
});

describe("the organization keys of mix hex", () => {
  const organizations = '<<"hexpm:acme">> => #{auth_key => <<"b">>}';
  const moveAway = () => home.backend.update(hexpm, async () => undefined, { moved: true });

  it.each([
    ["stays when the credentials move elsewhere", moveAway, true],
    ["goes when they are given up", () => store(undefined), false],
  ])("%s", async (_, remove, isKept) => {
    await home.write(`{'$repos',#{${organizations}}}.\n`);
    await store({ keys: { read: "r", repositories: "p" } });
    await remove();
    expect((await home.read()).includes(organizations)).toBe(isKept);
    expect(await read()).toBeUndefined();
  });

  it("stays with an account that another displaced, and is there when it comes back", async () => {
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

  it("hides nothing that mix hex puts there afterwards", async () => {
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

  it("gives the last one that signed in to mix hex, and keeps the other whole", async () => {
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

  it("leaves a displaced session in its place when it is only refreshed", async () => {
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

  it("gives mix hex a displaced one when somebody signs in to it again", async () => {
    await store({ session: sessionOf("eric", "1") });
    await store({ session: sessionOf("eric", "m", mirrorKey) }, mirror);
    await home.backend.update(hexpm, async () => ({ session: sessionOf("eric", "2") }), { signIn: true });
    expect((await home.read()).match(/\{'\$oauth_token',.*/)?.[0]).toContain(
      sessionOf("eric", "2").refreshToken,
    );
    expect(await read(mirror)).toEqual({ session: sessionOf("eric", "m", mirrorKey) });
  });

  it("gives mix hex the file's own one back when the other signs out", async () => {
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

  it("loses nothing when mix hex overwrites the one that it sees", async () => {
    await store({ session: sessionOf("eric", "1"), keys });
    await store({ session: sessionOf("eric", "m", mirrorKey) }, mirror);
    await writeAsMixHex(home, "'$oauth_token'", oauthTerm(sessionOf("maria", "x")));
    expect(await read()).toEqual({ session: sessionOf("eric", "1"), keys });
    expect(await read(mirror)).toBeUndefined();
  });

  it("keeps what had no record as assumed, and lets the person say whose it is", async () => {
    await home.write("{'$read_key',<<\"r\">>}.\n");
    await store({ apiKey: "k" }, mirror);
    expect(await home.backend.list()).toEqual([mirror, { ...hexpm, assumed: true }]);
    const other = { profile: "default", origin: "https://hex.example" };
    await home.backend.adopt?.(other);
    expect(await read(other)).toEqual({ keys: { read: "r" } });
    expect(await read()).toBeUndefined();
    expect(await read(mirror)).toEqual({ apiKey: "k" });
  });

  it("refuses the format of a newer version", async () => {
    await home.write("{'$hexuser',#{version => 2}}.\n");
    await expect(read()).rejects.toMatchObject({ failure: { code: "storage_unavailable" } });
  });
});
