import { afterEach, beforeEach, expect, it } from "vitest";
import { startScript } from "./file/run-node.ts";
import { makeHome, type TemporaryHome } from "./file/temporary-home.ts";

let home: TemporaryHome;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

it("reads a file of mix hex without loading cryptography or SQLite", async () => {
  await home.write("{offline,true}.\n{'$repos',#{}}.\n");
  const { finished } = startScript("load-settings.ts", [home.root]);
  expect(await finished).toMatchObject({ code: 0, stdout: "[]\n", stderr: "" });
});
