import { readFileSync } from "node:fs";
import type { AccountKey, StoredCredentials } from "@hexuser/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sessionOf } from "./file/mix-hex.ts";
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

describe("a file of mix hex", () => {
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

  it("can have binary keys", async () => {
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
  ])("contains no credentials if the entry is invalid: %s", async (line) => {
    await home.write(`${line}\n`);
    expect(await read()).toBeUndefined();
    await store({ apiKey: "k" });
    expect(await read()).toEqual({ apiKey: "k" });
  });

  it("is converted from Elixir when hexuser changes it", async () => {
    await home.write('# old\n[username: "eric", encrypted_key: "abc"]\n');
    expect(await read()).toEqual({ keys: { write: { sealed: "abc" } } });
    await store({ keys: { write: { sealed: "def" }, read: "r" } });
    const text = await home.read();
    expect(text).toContain('{username,<<"eric">>}.\n');
    expect(text).not.toContain("encrypted_key,");
    expect(text).toContain("{'$write_key',<<\"def\">>}.");
  });
});

describe("the written file", () => {
  it("keeps unknown entries, settings and comments", async () => {
    const mine = '%% mine\r\n{api_url, <<"https://hex.pm/api">>}. % here\n\n{odd ,\n  [1|2]}.\nfoo.\n';
    await home.write(mine);
    await store({ session: sessionOf("eric", "1") });
    expect((await home.read()).startsWith(mine)).toBe(true);
    await store(undefined);
    // In our entry, only the registry's signing key remains.
    expect((await home.read()).replace(/^\{'\$hexuser',#\{.*signing_keys.*\}\}\.\n$/m, "")).toBe(mine);
  });

  it("gives sessions binary keys, and changes no other entry when they are refreshed", async () => {
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

  it("has the same bytes if nothing changes", async () => {
    await store({ apiKey: "k", keys: { read: "r" } });
    const before = await home.read();
    await store({ apiKey: "k", keys: { read: "r" } });
    expect(await home.read()).toBe(before);
  });

  it("gives the repositories key an atom, as mix hex reads it", async () => {
    await store({ keys: { repositories: "p" } });
    expect(await home.read()).toContain('{\'$repos\',#{<<"hexpm">> => #{auth_key => <<"p">>}}}.');
  });

  it("loses the repositories key together with the others", async () => {
    await home.write(
      "{'$write_key',<<\"w\">>}.\n{'$read_key',<<\"r\">>}.\n" +
        '{\'$repos\',#{<<"hexpm">> => #{auth_key => <<"a">>,url => <<"u">>},<<"mine">> => #{auth_key => <<"m">>}}}.\n',
    );
    await store({ session: sessionOf("eric", "1") });
    const text = await home.read();
    expect(text).not.toMatch(/write_key'|read_key'|<<"a">>/);
    expect(text).toContain('#{<<"hexpm">> => #{url => <<"u">>},<<"mine">> => #{auth_key => <<"m">>}}');
  });

  it("loses the same entries as with mix hex's deauth", async () => {
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

  it("contains no key of the environment", async () => {
    await store({ apiKey: "env-s3cret", apiKeyFrom: "HEX_API_KEY", keys: { read: "r" } });
    expect(await home.read()).not.toContain("env-s3cret");
  });

  it("refuses a write key that isn't encrypted", async () => {
    await expect(store({ keys: { write: "s3cret" } })).rejects.toMatchObject({ failure: { code: "defect" } });
    expect(await read()).toBeUndefined();
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
