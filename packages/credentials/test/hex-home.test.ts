import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hexHome, stateDirectory } from "../src/file/directories.ts";
import { listProfiles, profileDirectory } from "../src/file/profiles.ts";
import { readSettings } from "../src/file/read-config.ts";
import { makeHome, type TemporaryHome } from "./file/temporary-home.ts";

const environment = (env: Record<string, string>, platform: NodeJS.Platform = "linux") => ({
  env,
  homedir: platform === "win32" ? "C:\\Users\\eric" : "/home/eric",
  platform,
});

let home: TemporaryHome;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

describe("the directory of mix hex", () => {
  it.each([
    [{}, "/home/eric/.hex"],
    [{ HEX_HOME: "" }, "/home/eric/.hex"],
    [{ HEX_HOME: "/opt/hex/" }, "/opt/hex"],
    [{ HEX_HOME: "~" }, "/home/eric"],
    [{ HEX_HOME: "~/hex" }, "/home/eric/hex"],
    [{ HEX_HOME: "~eric" }, resolve("~eric")],
    [{ HEX_HOME: "here" }, resolve("here")],
    [{ MIX_XDG: "1" }, "/home/eric/.config/hex"],
    [{ MIX_XDG: "true", XDG_CONFIG_HOME: "/cfg" }, "/cfg/hex"],
    [{ MIX_XDG: "true", XDG_CONFIG_HOME: "" }, "/home/eric/.config/hex"],
    [{ MIX_XDG: "yes", XDG_CONFIG_HOME: "/cfg" }, "/home/eric/.hex"],
    [{ MIX_XDG: "1", HEX_HOME: "/opt/hex" }, "/opt/hex"],
  ])("with %j is %s", (env, expected) => {
    expect(hexHome(environment(env))).toBe(expected);
    expect(profileDirectory("default", environment(env))).toBe(expected);
  });

  it("is in the home directory on Windows, too", () => {
    expect(hexHome(environment({}, "win32"))).toBe("C:\\Users\\eric\\.hex");
    expect(hexHome(environment({ HEX_HOME: "D:\\hex" }, "win32"))).toBe("D:\\hex");
  });
});

describe("the state directory", () => {
  it.each([
    [environment({}), "/home/eric/.local/state/hexuser"],
    [environment({ XDG_STATE_HOME: "/state" }), "/state/hexuser"],
    [environment({ XDG_STATE_HOME: "" }, "darwin"), "/home/eric/.local/state/hexuser"],
    [environment({ LOCALAPPDATA: "C:\\L" }, "win32"), "C:\\L\\hexuser"],
    [environment({}, "win32"), "C:\\Users\\eric\\AppData\\Local\\hexuser"],
  ])("belongs to the user", (given, expected) => {
    expect(stateDirectory(given)).toBe(expected);
  });
});

describe("profiles", () => {
  it.each([
    [environment({}), "/home/eric/.config/hexuser/profiles/work"],
    [environment({ XDG_CONFIG_HOME: "/cfg", HEX_HOME: "/opt" }), "/cfg/hexuser/profiles/work"],
    [environment({}, "darwin"), "/home/eric/.config/hexuser/profiles/work"],
    [environment({ APPDATA: "C:\\A" }, "win32"), "C:\\A\\hexuser\\profiles\\work"],
  ])("are in the configuration directory", (given, expected) => {
    expect(profileDirectory("work", given)).toBe(expected);
  });

  it.each(["", ".", "..", "a/b", "a\\b", ".hidden", "-x", "é", "a".repeat(65), "a\n", "a\0"])(
    "can't have the name %j",
    (name) => {
      expect(() => profileDirectory(name, environment({}))).toThrow(
        expect.objectContaining({ failure: expect.objectContaining({ code: "invalid_input" }) }),
      );
    },
  );

  it("are listed, the default one first", async () => {
    const given = { env: { XDG_CONFIG_HOME: home.root }, homedir: home.root, platform: process.platform };
    expect(await listProfiles(given)).toEqual(["default"]);
    for (const name of ["work", "ci", ".hidden"]) {
      await mkdir(join(home.root, "hexuser", "profiles", name), { recursive: true });
    }
    await writeFile(join(home.root, "hexuser", "profiles", "file"), "");
    expect(await listProfiles(given)).toEqual(["default", "ci", "work"]);
  });
});

describe("settings", () => {
  it("are empty without a file", async () => {
    expect(await readSettings(join(home.root, "missing"))).toEqual({});
  });

  it("are read as mix hex writes them", async () => {
    const vector = new URL("vectors/hex-config/settings.v2.5.1-otp27.config", import.meta.url);
    await home.write(await import("node:fs").then((fs) => fs.readFileSync(vector)));
    expect(await readSettings(home.root)).toEqual({
      apiUrl: "http://localhost:4043/api",
      httpProxy: "http://user:pass@proxy.local:8080",
      httpsProxy: "http://proxy.local:8443",
      noProxy: "localhost,127.0.0.1",
      httpTimeout: 60,
      cacertsPath: "/etc/ssl/certs/ca.pem",
      unsafeHttps: true,
      offline: false,
    });
  });

  it.each([
    ['{api_url,"http://x"}.', { apiUrl: "http://x" }],
    ["{api_url,'http://x'}.", { apiUrl: "http://x" }],
    ["{api_url,[104,105]}.", { apiUrl: "hi" }],
    ["{api_url,<<>>}.", {}],
    ["{api_url,nil}.", {}],
    ["{api_url,5}.", {}],
    ["{api_url,<<255>>}.", {}],
    ['{api_url,<<"a">>}.\n{api_url,<<"b">>}.', { apiUrl: "a" }],
    ["{http_timeout,15}.", { httpTimeout: 15 }],
    ['{http_timeout,<<"15s">>}.', {}],
    ["{http_timeout,0}.", {}],
    ["{http_timeout,-1}.", {}],
    ["{http_timeout,1.5}.", {}],
    ['{offline,<<"1">>}.', { offline: true }],
    ['{offline,<<"false">>}.', { offline: false }],
    ["{offline,maybe_not}.", {}],
    ["{offline,1}.", {}],
    ["{offline,true,1}.", {}],
    ["offline.", {}],
  ])("%s", async (content, expected) => {
    await home.write(`${content}\n`);
    expect(await readSettings(home.root)).toEqual(expected);
  });
});
