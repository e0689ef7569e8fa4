import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FailureError } from "@hexuser/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFileBackend } from "../src/file/file-backend.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "hexuser-organizations-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const path = () => join(directory, "hex.config");
const write = (content: string) => writeFileSync(path(), content, { mode: 0o600 });
const read = () => readFileSync(path(), "utf8");
const vector = (name: string) =>
  readFileSync(new URL(`./vectors/hex-config/${name}.config`, import.meta.url), "utf8");

const hexpm = { profile: "default", origin: "https://hex.pm" };
const other = { profile: "default", origin: "https://hex.example" };
const backend = () => createFileBackend({ directory: () => directory });
const keys = () => {
  const { organizationKeys } = backend();
  if (organizationKeys === undefined) throw new Error("The file has no keys of organizations.");
  return organizationKeys;
};
const own = (secret: string) => ({ secret, owner: "organization" as const });

describe("the keys of organizations", () => {
  it("are in a new file as mix hex 2.5.2 writes them", async () => {
    rmSync(directory, { recursive: true });
    expect(await keys().list(hexpm)).toEqual([]);
    expect(await keys().store(hexpm, "acme", own("k1"))).toEqual({ sentElsewhere: false });
    expect(read()).toBe(
      `{'$repos',#{<<"hexpm:acme">> => #{auth_key => <<"k1">>,auth_key_owner => organization}}}.\n`,
    );
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    // Without an owner there is no such field, and none is left from before.
    await keys().store(hexpm, "acme", { secret: "k2" });
    expect(read()).toBe(`{'$repos',#{<<"hexpm:acme">> => #{auth_key => <<"k2">>}}}.\n`);
    expect(await keys().list(hexpm)).toEqual(["acme"]);
    expect(await keys().remove(hexpm, "acme")).toBe(true);
    expect(read().trim()).toBe("");
    expect(await keys().remove(hexpm, "acme")).toBe(false);
  });

  it("replace what mix hex 2.5.1 has stored, without the token of the old key", async () => {
    write(vector("oauth_repo.v2.5.1-otp27"));
    expect(await keys().list(hexpm)).toEqual(["acme"]);
    const [session] = read().split("{'$repos'");
    await keys().store(hexpm, "acme", own("k1"));
    expect(read().startsWith(session ?? "")).toBe(true);
    expect(read()).toContain(`<<"hexpm:acme">> => #{auth_key => <<"k1">>,auth_key_owner => organization}}}.`);
    expect(read()).toContain(`oauth_token => #{access_token => <<"rtok">>`);
    await keys().store(hexpm, "beta", own("k2"));
    expect(await keys().list(hexpm)).toEqual(["acme", "beta"]);
    await keys().remove(hexpm, "acme");
    expect(await keys().list(hexpm)).toEqual(["beta"]);
    expect(read().startsWith(session ?? "")).toBe(true);
  });

  it("leave every other entry, comment and repository as it is", async () => {
    const before = `%% mine\n{other,[1,2,\n  <<"x">>]}.\n`;
    const after = `%% between\n{http_timeout,30}.\n`;
    write(`${before}{'$repos',#{<<"mine">> => #{url => <<"http://a">>}}}.\n${after}`);
    await keys().store(hexpm, "acme", own("k1"));
    expect(read()).toContain(`#{<<"mine">> => #{url => <<"http://a">>},<<"hexpm:acme">>`);
    await keys().remove(hexpm, "acme");
    expect(read()).toBe(`${before}{'$repos',#{<<"mine">> => #{url => <<"http://a">>}}}.\n${after}`);
  });

  it("go only where mix hex sends them to their own registry", async () => {
    const failure = await keys()
      .store(other, "acme", own("s3cret"))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FailureError);
    expect((failure as FailureError).failure).toMatchObject({ code: "not_supported" });
    expect(JSON.stringify((failure as FailureError).failure)).not.toContain("s3cret");
    expect(await keys().list(other)).toEqual([]);
    write(`{api_url,<<"https://hex.example/api">>}.\n`);
    expect(await keys().store(other, "acme", own("k1"))).toEqual({ sentElsewhere: true });
    write(
      `{api_url,<<"https://hex.example/api">>}.\n{'$repos',#{<<"hexpm">> => #{url => <<"https://r">>}}}.\n`,
    );
    expect(await keys().store(other, "acme", own("k1"))).toEqual({ sentElsewhere: false });
    await expect(keys().store(hexpm, "acme", own("k1"))).rejects.toThrow(/belong to https:\/\/hex.example/);
  });

  it("go and come back with their account, and can be removed meanwhile", async () => {
    const sign = (account: typeof hexpm, apiKey: string) =>
      backend().update(account, async () => ({ apiKey }), { signIn: true });
    await sign(hexpm, "first");
    await keys().store(hexpm, "acme", own("k1"));
    await keys().store(hexpm, "beta", own("k2"));
    await sign(other, "second");
    expect(read().match(/'\$repos'/g) ?? []).toEqual([]);
    expect([await keys().list(hexpm), await keys().list(other)]).toEqual([["acme", "beta"], []]);
    expect(await keys().remove(hexpm, "acme")).toBe(true);
    await sign(hexpm, "first");
    expect(read()).toContain(
      `{'$repos',#{<<"hexpm:beta">> => #{auth_key => <<"k2">>,auth_key_owner => organization}}}.`,
    );
  });

  it("of several processes are all kept", async () => {
    mkdirSync(directory, { recursive: true });
    const names = ["a", "b", "c", "d", "e"];
    await Promise.all(names.map((name) => keys().store(hexpm, name, own(name))));
    expect([...(await keys().list(hexpm))].sort()).toEqual(names);
  });
});
