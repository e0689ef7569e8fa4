import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AnyOperation } from "@hexuser/core";
import {
  deauth,
  keyGenerate,
  keyList,
  keyRevoke,
  organizationKeyList,
  whoami,
} from "@hexuser/core/operations";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { learnNames, recallKeyNames, recallPermissions } from "../src/completion/known-names.ts";

describe("the known names", () => {
  let homedir: string;
  beforeEach(() => {
    homedir = mkdtempSync(join(tmpdir(), "hexuser-key-names-"));
  });
  afterEach(() => {
    vi.useRealTimers();
    rmSync(homedir, { recursive: true, force: true });
  });

  const home = (env: Record<string, string> = {}) => ({ env, homedir, platform: "linux" as const });
  const learn = (operation: AnyOperation, output: Record<string, unknown>, scope = {}, env = {}) =>
    learnNames(operation, output, scope, home(env));
  const list = (...names: readonly string[]) => ({
    keys: names.map((name) => ({ name })),
    total: names.length,
  });

  it("follow the listed, new and revoked keys, until another sign-in", () => {
    learn(keyList, list("one", "two"));
    learn(keyGenerate, { name: "three", secret: "never kept" });
    learn(keyRevoke, { revoked: ["one"] });
    learn(whoami, { username: "someone", organizations: null, packages: null });
    expect(recallKeyNames({}, home())).toEqual(["two", "three"]);
    const folder = join(homedir, ".cache/hexuser");
    expect(readdirSync(folder)).toEqual(["key-names.json"]);
    expect(statSync(join(folder, "key-names.json")).mode & 0o777).toBe(0o600);
    learn(deauth, {});
    expect(recallKeyNames({}, home())).toEqual([]);
  });

  it("come with the permissions that the account told, which another look keeps", () => {
    const acme = {
      organizations: [{ name: "acme", role: "read" }],
      packages: ["hexpm/foo", "acme/\u001bbar"],
    };
    learn(whoami, acme);
    learn(keyList, list("one"));
    learn(whoami, { organizations: null, packages: null });
    expect(recallPermissions({}, home())).toEqual(["repository:acme", "docs:acme", "package:hexpm/foo"]);
    expect(recallKeyNames({}, home())).toEqual(["one"]);
    learn(deauth, {});
    expect(recallPermissions({}, home())).toEqual([]);
  });

  it("belong to one registry, profile and backend", () => {
    const scope = { apiUrl: "https://hex.example/api/", profile: "work" };
    learn(keyList, list("one"), scope);
    expect(recallKeyNames({}, home())).toEqual([]);
    expect(recallKeyNames(scope, home({ HEX_API_KEY: "another account's" }))).toEqual([]);
    const named = home({ HEXUSER_PROFILE: "work", HEX_API_URL: "https://hex.example/api" });
    expect(recallKeyNames({}, named)).toEqual(["one"]);
  });

  it("are those of one organization, and grow with a list of some of them", () => {
    learn(keyList, list("one", "two"));
    learn(keyList, { ...list("three"), total: 3 });
    learn(organizationKeyList, list("deploy"), { organization: "acme" });
    expect(recallKeyNames({}, home())).toEqual(["one", "two", "three"]);
    expect(recallKeyNames({ organization: "acme" }, home())).toEqual(["deploy"]);
  });

  it("are forgotten after an hour", () => {
    vi.useFakeTimers({ now: Date.now() });
    learn(keyList, list("one"));
    vi.setSystemTime(Date.now() + 3_599_000);
    expect(recallKeyNames({}, home())).toEqual(["one"]);
    vi.setSystemTime(Date.now() + 2000);
    expect(recallKeyNames({}, home())).toEqual([]);
  });

  it.each(["", "null", "[]", '{"x":null}', '{"x":{"at":1,"names":[1]}}'])("can't come from %j", (text) => {
    learn(keyList, list("one"));
    writeFileSync(join(homedir, ".cache/hexuser/key-names.json"), text);
    expect(recallKeyNames({}, home())).toEqual([]);
  });

  it("are not stored if the directory is read-only", () => {
    writeFileSync(join(homedir, "file"), "");
    learn(keyList, list("one"), {}, { XDG_CACHE_HOME: join(homedir, "file") });
    expect(readdirSync(homedir)).toEqual(["file"]);
  });
});
