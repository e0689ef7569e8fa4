import { createHmac } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "vitest";
import { browserInstalled, keepScreenshot, launchBrowser } from "../browser.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { itWith } from "../requirements.ts";

let registry: TestRegistry;
let browser: Browser | undefined;
let page: Page;
beforeAll(async () => {
  registry = await startRegistry("current-basic-off");
  browser = browserInstalled.met ? await launchBrowser() : undefined;
});
afterAll(async () => {
  await browser?.close();
  await registry.close();
});
beforeEach(async () => {
  if (browser !== undefined) page = await (await browser.newContext()).newPage();
});
afterEach(() => page?.context().close());

/** The current code for a secret in base32 (RFC 4648, 6; RFC 6238, 4; RFC 4226, 5.3). */
function codeOf(secret: string): string {
  const bits = [...secret.replace(/=+$/, "")]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

describe("the site of the sandbox, in a browser", () => {
  itWith(browserInstalled)("turns two-factor authentication on with the content of its QR code", async () => {
    const { username, password } = await registry.control.createUser({ username: "ada" });
    await page.goto(`${registry.url}/dashboard/security`);
    await page.getByLabel("Username or email").fill(username);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("img", { name: /QR code/ }).waitFor();
    await keepScreenshot(page, "two-factor-on");
    const secret = (await page.locator("#secret").textContent()) ?? "";
    await page.getByLabel("Code that the authenticator shows now").fill(codeOf(secret));
    await page.getByRole("button", { name: "Turn on" }).click();
    await page.getByText("Two-factor authentication is on.").waitFor();
    expect(registry.control.user(username).totpSecret).not.toBeNull();
  });

  itWith(browserInstalled)("resets a password by the link in the outbox", async () => {
    const { username, email } = await registry.control.createUser({ username: "grace" });
    await page.goto(`${registry.url}/password/reset`);
    await page.getByLabel("Username or email").fill(username);
    await keepScreenshot(page, "reset");
    await page.getByRole("button", { name: "Send the message" }).click();
    await expect.poll(() => registry.outbox().some(({ to }) => to === email)).toBe(true);
    await page.goto(`${registry.url}/outbox`);
    await keepScreenshot(page, "outbox");
    await page.getByRole("link", { name: "Open the link" }).first().click();
    await page.getByLabel(/New password/).fill("changed battery");
    await page.getByLabel("Repeat the password").fill("changed battery");
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.goto(`${registry.url}/login`);
    await page.getByLabel("Username or email").fill(username);
    await page.getByLabel("Password").fill("changed battery");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
  });
});
