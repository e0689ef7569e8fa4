import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "vitest";
import { browserInstalled, keepScreenshot, launchBrowser, signInOnSite } from "../browser.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { itWith } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting } from "../setting.ts";
import { openTerminal, type Terminal } from "../terminal.ts";

let registry: TestRegistry;
let browser: Browser | undefined;
let page: Page;
let setting: Setting;
beforeAll(async () => {
  registry = await startRegistry("current-basic-off");
  browser = browserInstalled.met ? await launchBrowser() : undefined;
});
afterAll(async () => {
  await browser?.close();
  await registry.close();
});
beforeEach(async () => {
  setting = await createSetting(registry);
  if (browser !== undefined) page = await (await browser.newContext()).newPage();
});
afterEach(async () => {
  await page?.context().close();
  setting.machine.remove();
});

/** Starts `auth` on a terminal, and returns the address and the code that it shows. */
async function startAuth(): Promise<{ terminal: Terminal; address: string; code: string }> {
  const terminal = openTerminal(["auth"], { machine: setting.machine });
  await terminal.expect("Waiting for your approval");
  const [address = ""] = /http\S+\/oauth\/device\S+/.exec(terminal.transcript()) ?? [];
  const [code = ""] = /\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/.exec(terminal.transcript()) ?? [];
  return { terminal, address, code };
}

/** Types a two-factor code when the program asks for it. */
async function runWithCode(args: readonly string[]): Promise<{ code: number; transcript: string }> {
  const terminal = openTerminal(args, { machine: setting.machine });
  await terminal.expect("Two-factor code");
  terminal.type(`${setting.account.otp()}\r`);
  const { code } = await terminal.exit();
  return { code, transcript: terminal.transcript() };
}

const itInBrowser = itWith(browserInstalled);

describe("signing in through a browser", () => {
  itInBrowser("lives the life of an account with two-factor authentication", async () => {
    const { terminal, address, code } = await startAuth();
    await page.goto(address);
    await keepScreenshot(page, "sign-in");
    await signInOnSite(page, setting.account);
    await page.getByText("Allow this device?").first().waitFor();
    expect(await page.content()).toContain(code);
    await keepScreenshot(page, "allow-device");
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByRole("status").waitFor();
    await keepScreenshot(page, "device-allowed");
    expect((await terminal.exit()).code).toBe(0);
    expect(terminal.transcript()).toContain(`Signed in as ${setting.account.username}`);

    const made = await runWithCode(["key", "generate", "--key-name", "ci"]);
    expect(made.code).toBe(0);
    expect(made.transcript).toContain("The key ci was made");
    const { machine } = setting;
    expect((await runHexuser(["key", "list"], { machine })).stdout).toContain("ci");
    expect((await runHexuser(["whoami"], { machine })).stdout).toBe(`${setting.account.username}\n`);
    const revoked = await runWithCode(["key", "revoke", "ci"]);
    expect(revoked).toMatchObject({ code: 0, transcript: expect.stringContaining("Revoked: ci") });
    expect((await runHexuser(["deauth"], { machine })).stderr).toContain("The session was ended");
    expect((await runHexuser(["whoami"], { machine })).code).toBe(4);
  });

  itInBrowser("tells what the person left out", async () => {
    const { terminal, address } = await startAuth();
    await page.goto(address);
    await signInOnSite(page, setting.account);
    await page.getByRole("checkbox", { name: /api:write/ }).uncheck();
    await page.getByRole("button", { name: "Allow" }).click();
    expect((await terminal.exit()).code).toBe(0);
    expect(terminal.transcript()).toContain("Warning:");
    const { machine, account } = setting;
    const refused = await runHexuser(["key", "generate", "--otp", account.otp()], { machine });
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining("has no permission for this") });
  });

  itInBrowser("ends when it is denied", async () => {
    const { terminal, address } = await startAuth();
    await page.goto(address);
    await signInOnSite(page, setting.account);
    await page.getByRole("button", { name: "Deny" }).click();
    expect((await terminal.exit()).code).toBe(4);
    expect(terminal.transcript()).toContain("The sign-in was denied in the browser.");
  });

  itInBrowser("turns two-factor authentication on where a failure says it has to be", async () => {
    const { machine, account } = setting;
    const { terminal, address } = await startAuth();
    await page.goto(address);
    await signInOnSite(page, account);
    await page.getByRole("button", { name: "Allow" }).click();
    expect((await terminal.exit()).code).toBe(0);
    // The page allows changes only to an account with two-factor authentication. The person may switch it off later.
    await registry.control.changeUser(account.username, { twoFactor: false });
    const refused = await runHexuser(["key", "generate"], { machine });
    expect(refused.code).toBe(4);
    const [settings = ""] = /http\S+\/dashboard\/security/.exec(refused.stderr) ?? [];
    await page.goto(settings);
    await page.getByText("Two-factor authentication").first().waitFor();
    await keepScreenshot(page, "two-factor");
  });
});
