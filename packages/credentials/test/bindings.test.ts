import type { AccountKey, Session } from "@hexuser/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digestOf } from "../src/file/session-token.ts";
import { newRegistryKey, oauthTerm, sessionOf, writeAsMixHex } from "./file/mix-hex.ts";
import { makeHome, type TemporaryHome } from "./file/temporary-home.ts";

let home: TemporaryHome;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

const [keyA, keyB] = [newRegistryKey(), newRegistryKey()];
const at = (origin: string): AccountKey => ({ profile: "default", origin });
const [a, b, hexpm] = [at("https://a.example"), at("https://b.example"), at("https://hex.pm")];
const ofA = (jti: string, user = "alice") => sessionOf(user, jti, keyA);
const ofB = (jti: string, user = "alice") => sessionOf(user, jti, keyB);
const tokensOf = ({ scope: _scope, ...tokens }: Session) => ({ session: tokens });

const signIn = (account: AccountKey, session: Session, sameRegistry = false) =>
  home.backend.update(account, async () => ({ session }), { signIn: true, sameRegistry });
const leaveAsMixHex = (session: Session) => writeAsMixHex(home, "'$oauth_token'", oauthTerm(session));
const read = (account: AccountKey) => home.backend.read(account);
const unclaimed = (account: AccountKey) => home.backend.unclaimed?.(account);
const adopt = (account: AccountKey) => home.backend.adopt?.(account);

/** A binding of version 0.1, which contains only the claims. */
async function writeAsVersion01(session: Session, origin: string): Promise<void> {
  const [, payload = ""] = session.accessToken.split(".");
  const { iss, sub, aud } = JSON.parse(Buffer.from(payload, "base64url").toString());
  const digest = digestOf(`claims ${JSON.stringify([iss, sub, aud])}`);
  await home.write(
    `{'$oauth_token',${oauthTerm(session)}}.\n{'$hexuser',#{<<"version">> => 1,<<"bound">> => ` +
      `#{<<"session">> => #{<<"origin">> => <<"${origin}">>,<<"digest">> => <<"${digest}">>,<<"note">> => <<"api">>}}}}.\n`,
  );
}

describe("a session with which mix hex replaced one of hexuser", () => {
  it.each(["", '{api_url,<<"https://a.example/api">>}.\n'])(
    "is nobody's if another registry signed it (%j)",
    async (settings) => {
      await home.write(settings);
      await signIn(a, ofA("1"));
      await leaveAsMixHex(ofB("1"));
      expect(await Promise.all([a, b, hexpm].map(read))).toEqual([undefined, undefined, undefined]);
      expect(await home.backend.list()).toEqual([]);
      expect(await unclaimed(a)).toEqual({ isForeign: true });
      expect(await unclaimed(b)).toEqual({});
      const before = await home.read();
      await adopt(a);
      await home.backend.update(a, async () => undefined);
      expect(await home.read()).toBe(before);
      await adopt(b);
      expect(await read(b)).toEqual(tokensOf(ofB("1")));
      await leaveAsMixHex(ofB("2"));
      expect(await read(b)).toEqual(tokensOf(ofB("2")));
      expect(await read(a)).toBeUndefined();
    },
  );

  it("stays when somebody signs in again, until the person names its registry", async () => {
    await signIn(a, ofA("1"));
    await leaveAsMixHex(ofB("1"));
    await signIn(a, ofA("2"));
    expect((await read(a))?.session).toEqual(ofA("2"));
    expect(await home.backend.list()).toEqual([a]);
    await adopt(b);
    expect(await read(b)).toEqual(tokensOf(ofB("1")));
    expect((await read(a))?.session).toEqual(ofA("2"));
  });

  it("belongs to the other account if the registry of that account is known to have signed it", async () => {
    await signIn(b, ofB("1"));
    await signIn(a, ofA("1"));
    await leaveAsMixHex(ofB("2"));
    expect((await read(b))?.session).toMatchObject(tokensOf(ofB("2")).session);
    expect(await read(a)).toBeUndefined();
    expect(await unclaimed(a)).toBeUndefined();
  });

  it("doesn't hide the stored session of another user", async () => {
    await signIn(b, ofB("1"));
    await signIn(a, ofA("1"));
    await leaveAsMixHex(ofB("2", "mallory"));
    expect((await read(b))?.session).toEqual(ofB("1"));
    expect(await unclaimed(a)).toEqual({ isForeign: true });
  });

  it("is still recognized after signing out", async () => {
    await signIn(a, ofA("1"));
    await home.backend.update(a, async () => undefined);
    await leaveAsMixHex(ofB("1"));
    expect(await read(hexpm)).toBeUndefined();
    await leaveAsMixHex(ofA("2"));
    expect(await Promise.all([a, b].map(unclaimed))).toEqual([{}, { isForeign: true }]);
    await home.write(`${await home.read()}{api_url,<<"${a.origin}/api">>}.\n`);
    expect(await read(a)).toEqual(tokensOf(ofA("2")));
    expect(await home.backend.list()).toEqual([{ ...a, assumed: true }]);
  });

  it("isn't sent to a registry that once passed on a session of the one that signed it", async () => {
    await signIn(b, ofA("1", "mallory"));
    await leaveAsMixHex(ofA("1"));
    expect(await Promise.all([a, b, hexpm].map(read))).toEqual([undefined, undefined, undefined]);
    await expect(signIn(a, ofA("2"))).rejects.toThrow(b.origin);
    await signIn(a, ofA("2"), true);
    await leaveAsMixHex(ofA("3"));
    expect((await read(a))?.session).toMatchObject(tokensOf(ofA("3")).session);
    expect(await read(b)).toBeUndefined();
  });

  it.each<[string, Partial<Session>]>([
    ["without a refresh token", { refreshToken: undefined }],
    ["of another form", { accessToken: "opaque", refreshToken: "opaque too" }],
    ["with a refresh token of another registry", { refreshToken: ofB("1").refreshToken }],
  ])("belongs to no registry %s", async (_, change) => {
    await signIn(a, ofA("1"));
    const session = { ...ofA("2"), ...change };
    const term = `#{access_token => <<"${session.accessToken}">>,expires_at => 1${session.refreshToken === undefined ? "" : `,refresh_token => <<"${session.refreshToken}">>`}}`;
    await writeAsMixHex(home, "'$oauth_token'", term);
    expect(await Promise.all([a, hexpm].map(read))).toEqual([undefined, undefined]);
  });
});

describe("a key that signs sessions", () => {
  it("belongs to one registry, unless the person says that both are the same", async () => {
    await signIn(a, ofA("1"));
    const before = await home.read();
    await expect(signIn(b, ofA("2"))).rejects.toMatchObject({
      failure: { code: "authentication_refused", needs: [{ answer: "sameRegistry" }] },
    });
    expect(await home.read()).toBe(before);
    await signIn(b, ofA("2"), true);
    expect((await read(b))?.session).toEqual(ofA("2"));
    expect((await read(a))?.session).toEqual(ofA("1"));
    await leaveAsMixHex(ofA("3"));
    expect((await read(b))?.session).toMatchObject(tokensOf(ofA("3")).session);
    expect((await read(a))?.session).toEqual(ofA("1"));
  });

  it("stays with its registry when another one refreshes", async () => {
    await signIn(a, ofA("1"));
    await home.backend.update(b, async () => ({ session: ofA("2") }));
    await leaveAsMixHex(ofA("3"));
    expect((await read(a))?.session).toMatchObject(tokensOf(ofA("3")).session);
    expect(await read(b)).toBeUndefined();
  });

  it("can be replaced by the registry itself", async () => {
    await signIn(a, ofA("1"));
    await home.backend.update(a, async () => ({ session: ofB("2") }));
    await leaveAsMixHex(ofB("3"));
    expect((await read(a))?.session).toMatchObject(tokensOf(ofB("3")).session);
  });
});

describe("a binding of an earlier version or another program", () => {
  it("doesn't count if it has only the claims", async () => {
    await writeAsVersion01(ofA("1"), hexpm.origin);
    expect(await home.backend.list()).toEqual([{ ...hexpm, assumed: true }]);
    await writeAsVersion01(ofA("1"), a.origin);
    expect(await Promise.all([a, hexpm].map(read))).toEqual([undefined, undefined]);
    await adopt(a);
    expect(await read(a)).toEqual(tokensOf(ofA("1")));
  });

  it.each([
    "signing_keys => 1",
    "signing_keys => #{1 => 2}",
    'signing_keys => #{<<"https://a.example">> => <<"short">>}',
    'bound => #{session => #{origin => <<"https://a.example">>,digest => <<"x">>,signing_key => 1,claims => []}}',
  ])("is ignored if it is garbage: %s", async (garbage) => {
    await home.write(`{'$hexuser',#{version => 1,${garbage}}}.\n{'$read_key',<<"r">>}.\n`);
    expect(await read(hexpm)).toEqual({ keys: { read: "r" } });
    await signIn(a, ofA("1"));
    expect((await read(a))?.session).toEqual(ofA("1"));
  });
});
