import { readFileSync } from "node:fs";
import type { AccountKey, Session, StoredCredentials } from "@hexuser/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeHome, type TemporaryHome } from "./file/temporary-home.ts";

let home: TemporaryHome;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

const hexpm: AccountKey = { profile: "default", origin: "https://hex.pm" };
const mirror: AccountKey = { profile: "default", origin: "http://localhost:4000" };
const read = (account = hexpm) => home.backend.read(account);
const store = (credentials: StoredCredentials | undefined, account = hexpm) =>
  home.backend.update(account, async () => credentials);

function token(claims: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${encode({ alg: "ES256", typ: "JWT" })}.${encode(claims)}.c2ln`;
}
function sessionOf(user: string, jti: string): Session {
  const claims = { iss: "hexpm", aud: "hexpm:api", sub: `user:${user}`, jti };
  return {
    accessToken: token(claims),
    refreshToken: `refresh-${jti}`,
    expiresAt: 1_795_478_400,
    scope: "api",
  };
}
/** What mix hex does: it writes its entries anew, and keeps ours. */
async function writeAsMixHex(key: string, value: string): Promise<void> {
  const others = (await home.read()).split("\n").filter((line) => !line.startsWith(`{${key},`));
  await home.write(`${others.join("\n")}\n{${key},${value}}.\n`);
}
const oauthTerm = (session: Session) =>
  `#{access_token => <<"${session.accessToken}">>,refresh_token => <<"${session.refreshToken}">>,expires_at => ${session.expiresAt}}`;

describe("what mix hex wrote", () => {
  const vector = (name: string) =>
    readFileSync(new URL(`vectors/hex-config/${name}.config`, import.meta.url));

  it.each([
    ["oauth_norefresh.v2.5.1-otp27", { session: { accessToken: "tok", expiresAt: 1_795_000_000 } }],
    [
      "keys_repos.v2.5.1-otp27",
      {
        keys: {
          write: { sealed: "ZmFrZS1lbmNyeXB0ZWQ" },
          read: "22223333444455556666777788889999",
          repositories: "aaaabbbbccccddddeeeeffff00001111",
        },
      },
    ],
    ["encrypted_key_legacy.v2.5.1-otp27", { keys: { write: { sealed: "ZmFrZS1lbmNyeXB0ZWQ" } } }],
    ["scalars.v2.5.1-otp27", undefined],
    ["legacy_elixir_simple", undefined],
  ])("is used: %s", async (name, expected) => {
    await home.write(vector(name));
    expect(await read()).toEqual(expected);
    expect(await home.backend.list()).toEqual(expected === undefined ? [] : [{ ...hexpm, assumed: true }]);
    expect(await read(mirror)).toBeUndefined();
  });

  it("belongs to the file's api_url", async () => {
    await home.write(vector("settings.v2.5.1-otp27"));
    const local = { profile: "default", origin: "http://localhost:4043" };
    expect(await home.backend.list()).toEqual([{ ...local, assumed: true }]);
    expect(await read(local)).toEqual({ apiKey: "aaaabbbbccccddddeeeeffff00001111" });
    expect(await read()).toBeUndefined();
  });

  it("is read with binary keys, too", async () => {
    await home.write(
      '{\'$oauth_token\',#{<<"access_token">> => <<"a">>,<<"expires_at">> => 5,<<"refresh_token">> => "r"}}.\n',
    );
    expect(await read()).toEqual({ session: { accessToken: "a", refreshToken: "r", expiresAt: 5 } });
  });

  it.each([
    "{'$oauth_token',nil}.",
    "{'$oauth_token',#{access_token => 5}}.",
    "{api_key,<<>>}.",
    "{api_key,<<255>>}.",
    "{'$repos',[]}.",
    "{'$hexuser',<<1>>}.",
    "foo.",
  ])("is nobody's where it makes no sense: %s", async (line) => {
    await home.write(`${line}\n`);
    expect(await read()).toBeUndefined();
    await store({ apiKey: "k" });
    expect(await read()).toEqual({ apiKey: "k" });
  });

  it("is converted from Elixir when it is changed", async () => {
    await home.write('# old\n[username: "eric", encrypted_key: "abc"]\n');
    expect(await read()).toEqual({ keys: { write: { sealed: "abc" } } });
    await store({ keys: { write: { sealed: "def" }, read: "r" } });
    const text = await home.read();
    expect(text).toContain('{username,<<"eric">>}.\n');
    expect(text).not.toContain("encrypted_key,");
    expect(text).toContain("{'$write_key',<<\"def\">>}.");
  });
});

describe("what is written", () => {
  it("leaves unknown entries, settings and comments as they are", async () => {
    const mine = '%% mine\r\n{api_url, <<"https://hex.pm/api">>}. % here\n\n{odd ,\n  [1|2]}.\nfoo.\n';
    await home.write(mine);
    await store({ session: sessionOf("eric", "1") });
    expect((await home.read()).startsWith(mine)).toBe(true);
    await store(undefined);
    expect(await home.read()).toBe(mine);
  });

  it("gives sessions binary keys, and touches no other entry when they are refreshed", async () => {
    await home.write(
      '{\'$write_key\',<<"abc"/utf8>>}.\n{\'$repos\',#{ <<"mine">> => #{url => <<"u">>} }}.\n',
    );
    await home.backend.update(hexpm, async (now) => ({ ...now, session: sessionOf("eric", "1") }));
    const text = await home.read();
    expect(text).toContain("{'$oauth_token',#{<<\"access_token\">> => ");
    expect(text).toContain(
      '{\'$write_key\',<<"abc"/utf8>>}.\n{\'$repos\',#{ <<"mine">> => #{url => <<"u">>} }}.',
    );
  });

  it("changes nothing in the file's bytes when nothing changes", async () => {
    await store({ apiKey: "k", keys: { read: "r" } });
    const before = await home.read();
    await store({ apiKey: "k", keys: { read: "r" } });
    expect(await home.read()).toBe(before);
  });

  it("gives the repositories key an atom, as mix hex reads it", async () => {
    await store({ keys: { repositories: "p" } });
    expect(await home.read()).toContain('{\'$repos\',#{<<"hexpm">> => #{auth_key => <<"p">>}}}.');
  });

  it("gives up the repositories key together with the others", async () => {
    await home.write(
      "{'$write_key',<<\"w\">>}.\n{'$read_key',<<\"r\">>}.\n" +
        '{\'$repos\',#{<<"hexpm">> => #{auth_key => <<"a">>,url => <<"u">>},<<"mine">> => #{auth_key => <<"m">>}}}.\n',
    );
    await store({ session: sessionOf("eric", "1") });
    const text = await home.read();
    expect(text).not.toMatch(/write_key'|read_key'|<<"a">>/);
    expect(text).toContain('#{<<"hexpm">> => #{url => <<"u">>},<<"mine">> => #{auth_key => <<"m">>}}');
  });

  it("removes what deauth removes", async () => {
    await home.write(
      `{'$oauth_token',#{access_token => <<"t">>,expires_at => 1}}.
{'$read_key',<<"r">>}.
{offline,false}.
{'$repos',#{<<"hexpm">> => #{auth_key => <<"a">>,public_key => <<"p">>,oauth_token => #{access_token => <<"x">>}},
            <<"hexpm:acme">> => #{auth_key => <<"b">>},
            <<"mine">> => #{auth_key => <<"m">>,oauth_token => #{access_token => <<"y">>}}}}.
`,
    );
    await store(undefined);
    expect(await home.read()).toBe(
      '{offline,false}.\n{\'$repos\',#{<<"hexpm">> => #{public_key => <<"p">>},<<"mine">> => #{auth_key => <<"m">>}}}.\n',
    );
  });

  it("keeps a key of the environment out of the file", async () => {
    await store({ apiKey: "env-s3cret", apiKeyFrom: "HEX_API_KEY", keys: { read: "r" } });
    expect(await home.read()).not.toContain("env-s3cret");
  });

  it("refuses a write key that isn't encrypted", async () => {
    await expect(store({ keys: { write: "s3cret" } })).rejects.toMatchObject({ failure: { code: "defect" } });
    expect(await read()).toBeUndefined();
  });
});

describe("whose credentials they are", () => {
  it("is kept through a refresh by mix hex", async () => {
    await store({ session: sessionOf("eric", "1") }, mirror);
    await writeAsMixHex("'$oauth_token'", oauthTerm(sessionOf("eric", "2")));
    expect(await read(mirror)).toEqual({ session: sessionOf("eric", "2") });
    expect(await read()).toBeUndefined();
    expect(await home.backend.list()).toEqual([mirror]);
  });

  it("is assumed again when another user signed in by mix hex", async () => {
    await store({ session: sessionOf("eric", "1") }, mirror);
    await writeAsMixHex("'$oauth_token'", oauthTerm(sessionOf("maria", "2")));
    expect(await read(mirror)).toBeUndefined();
    expect((await read())?.session?.scope).toBeUndefined();
    expect(await home.backend.list()).toEqual([{ ...hexpm, assumed: true }]);
  });

  it("is kept for both keys when mix hex changes the local password", async () => {
    await store({ keys: { write: { sealed: "w" }, read: "r", repositories: "p" } }, mirror);
    await writeAsMixHex("'$write_key'", '<<"anew">>');
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

describe("two registries in one file", () => {
  const keys = { write: { sealed: "w" }, read: "r", repositories: "p", names: { write: "laptop-api" } };
  const organizations = ',#{<<"hexpm:acme">> => #{auth_key => <<"b">>}}}.';

  it("gives the last one that signed in to mix hex, and keeps the other whole", async () => {
    await home.write(`{'$repos'${organizations}\n`);
    await store({ session: sessionOf("eric", "1"), keys });
    await store({ session: sessionOf("eric", "m") }, mirror);
    expect((await home.read()).match(/\{'\$oauth_token',.*/)?.[0]).toContain("refresh-m");
    expect(await read()).toEqual({ session: sessionOf("eric", "1"), keys });
    expect(await read(mirror)).toEqual({ session: sessionOf("eric", "m") });
    await store({ session: sessionOf("eric", "2"), keys: { read: "new" } });
    expect((await home.read()).match(/\{'\$oauth_token',.*/)?.[0]).toContain("refresh-2");
    expect(await read(mirror)).toEqual({ session: sessionOf("eric", "m") });
    expect(await home.read()).toContain(`{'$repos'${organizations}`);
  });

  it("leaves a displaced one where it is when it is only refreshed", async () => {
    await store({ session: sessionOf("eric", "1"), keys });
    await store({ session: sessionOf("eric", "m") }, mirror);
    await home.backend.update(hexpm, async (now) => ({ ...now, session: sessionOf("eric", "2") }));
    expect((await home.read()).match(/\{'\$oauth_token',.*/)?.[0]).toContain("refresh-m");
    expect(await read()).toEqual({ session: sessionOf("eric", "2"), keys });
    await home.backend.adopt?.(hexpm);
    expect((await home.read()).match(/\{'\$oauth_token',.*/)?.[0]).toContain("refresh-2");
    expect(await read(mirror)).toEqual({ session: sessionOf("eric", "m") });
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
    await store({ session: sessionOf("eric", "m") }, mirror);
    await writeAsMixHex("'$oauth_token'", oauthTerm(sessionOf("maria", "x")));
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

  it("refuses what a newer version wrote", async () => {
    await home.write("{'$hexuser',#{version => 2}}.\n");
    await expect(read()).rejects.toMatchObject({ failure: { code: "storage_unavailable" } });
  });
});

describe("a file that mix hex writes to during a change", () => {
  it("keeps both changes, and runs the change once", async () => {
    await store({ session: sessionOf("eric", "1") });
    let runs = 0;
    await home.backend.update(hexpm, async (now) => {
      runs += 1;
      await home.write(`${await home.read()}{http_timeout,<<"9">>}.\n{'$read_key',<<"new">>}.\n`);
      return { ...now, session: sessionOf("eric", "2") };
    });
    expect(runs).toBe(1);
    expect(await read()).toEqual({ session: sessionOf("eric", "2"), keys: { read: "new" } });
    expect(await home.read()).toContain('{http_timeout,<<"9">>}.');
  });
});
