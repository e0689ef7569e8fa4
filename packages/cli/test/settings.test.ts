import { FailureError } from "@hexuser/core";
import { whoami } from "@hexuser/core/operations";
import { describe, expect, it } from "vitest";
import { readOptions } from "../src/argv/options.ts";
import { readInteraction } from "../src/host/interaction.ts";
import { readRegistrySettings, readStoreSettings } from "../src/host/settings.ts";

const parsed = (flags: Readonly<Record<string, string | boolean>> = {}) =>
  readOptions(whoami, { flags, args: {} }, {});

const nothingChosen = () => undefined;

describe("the address of the API", () => {
  const flag = { "api-url": "https://flag.example/api" };
  const env = { HEX_API_URL: "https://env.example/api", HEX_API: "https://old.example/api" };
  const config = { apiUrl: "https://config.example/api" };

  it.each([
    ["a flag first", flag, env, config, "https://flag.example/api"],
    ["then HEX_API_URL", {}, env, config, "https://env.example/api"],
    ["then HEX_API", {}, { ...env, HEX_API_URL: "" }, config, "https://old.example/api"],
    ["then hex.config", {}, { HEX_API: "" }, config, "https://config.example/api"],
    ["then hex.pm", {}, {}, {}, "https://hex.pm/api"],
    ["without slashes at its end", { "api-url": "http://x:4000/api//" }, {}, {}, "http://x:4000/api"],
  ])("comes from %s", (_, flags, environment, settings, expected) => {
    expect(readRegistrySettings(parsed(flags), environment, settings).apiUrl).toBe(expected);
  });

  it.each(["hex.pm/api", "ftp://hex.pm", "https://", "https://user:pw@hex.pm/api", "https://x/api?y"])(
    "is refused when it is %s",
    (url) => {
      const read = () => readRegistrySettings(parsed({ "api-url": url }), {}, {});
      expect(read).toThrow(FailureError);
      expect(read).not.toThrow(/pw/);
    },
  );
});

describe("other settings", () => {
  it("prefer the environment to hex.config, and ignore an empty variable", () => {
    const env = { HEX_HTTP_TIMEOUT: "5", HEX_OFFLINE: "1", HTTPS_PROXY: "http://p:1", HEX_CACERTS_PATH: "" };
    const config = { httpTimeout: 9, offline: false, httpsProxy: "http://q:1", cacertsPath: "/c.pem" };
    expect(readRegistrySettings(parsed(), env, config)).toMatchObject({
      timeout: 5000,
      offline: true,
      proxies: { https: "http://p:1" },
      cacertsPath: "/c.pem",
    });
    expect(readRegistrySettings(parsed({ timeout: "0.5" }), env, config).timeout).toBe(500);
    expect(readRegistrySettings(parsed(), {}, config).timeout).toBe(9000);
  });

  it.each([
    [{ HEX_HTTP_TIMEOUT: "soon" }],
    [{ HEX_HTTP_TIMEOUT: "0" }],
    [{ HEX_UNSAFE_HTTPS: "perhaps" }],
    [{ HEX_UNSAFE_HTTPS: "constructor" }],
  ])("refuse %j", (env) => {
    expect(() => readRegistrySettings(parsed(), env, {})).toThrow(FailureError);
  });

  it("prefer an explicit backend or profile to HEX_API_KEY", () => {
    const env = { HEX_API_KEY: "k", HEXUSER_PROFILE: "work" };
    expect(readStoreSettings(parsed(), env, nothingChosen)).toEqual({
      backend: "file",
      profile: "work",
      apiKey: "k",
    });
    expect(readStoreSettings(parsed({ profile: "home" }), env, nothingChosen).apiKey).toBeUndefined();
    const chosen = (profile: string) => (profile === "work" ? "keychain" : undefined);
    expect(readStoreSettings(parsed(), env, chosen)).toMatchObject({ backend: "keychain", apiKey: "k" });
    expect(readStoreSettings(parsed({ backend: "env" }), env, chosen).backend).toBe("env");
    expect(readStoreSettings(parsed({ backend: "file" }), env, nothingChosen).apiKey).toBeUndefined();
  });
});

describe("whether somebody can be asked", () => {
  const terminal = { stdin: { isTTY: true }, stdout: {}, stderr: { isTTY: true } };

  it.each([
    ["on a terminal", {}, {}, terminal, true],
    ["with --no-input", { "no-input": true }, {}, terminal, false],
    ["in CI", {}, { CI: "true" }, terminal, false],
    ["with an empty CI", {}, { CI: "" }, terminal, true],
    ["with stdin from a pipe", {}, {}, { ...terminal, stdin: {} }, false],
    ["with stderr to a file", {}, {}, { ...terminal, stderr: {} }, false],
  ])("%s", (_, flags, env, streams, expected) => {
    expect(readInteraction(parsed(flags), env, streams).isInteractive).toBe(expected);
  });

  it.each([
    ["a terminal", {}, {}, true],
    ["NO_COLOR", {}, { NO_COLOR: "1" }, false],
    ["an empty NO_COLOR", {}, { NO_COLOR: "" }, true],
    ["a dumb terminal", {}, { TERM: "dumb" }, false],
    ["--no-color", { "no-color": true }, {}, false],
  ])("colours: %s", (_, flags, env, expected) => {
    expect(readInteraction(parsed(flags), env, terminal).colors).toEqual({ out: false, error: expected });
  });
});
