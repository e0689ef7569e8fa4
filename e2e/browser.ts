import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Account } from "./registry.ts";
import type { Requirement } from "./requirements.ts";

const candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const chromiumPath = process.env.CHROMIUM_PATH ?? candidates.find((path) => existsSync(path));
const screenshots = fileURLToPath(new URL(".results/screenshots", import.meta.url));

/** A real browser. */
export const browserInstalled: Requirement = {
  met: chromiumPath !== undefined,
  reason: "it needs Chromium (CHROMIUM_PATH, or Debian's package chromium)",
};

/** Starts Chromium without a window. It reaches only what its pages ask for. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    // Chromium refuses its sandbox to root, and small containers have little shared memory.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
}

/** Signs in a person who wants to approve a device, with a two-factor code. */
export async function signInOnSite(page: Page, account: Account): Promise<void> {
  await page.getByLabel("Username or email").fill(account.username);
  await page.getByLabel("Password").fill(account.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  const code = page.getByLabel("Code from your authenticator");
  await code.or(page.getByRole("button", { name: "Allow" })).waitFor();
  if (await code.isVisible()) {
    await code.fill(account.otp());
    await code.press("Enter");
  }
}

/** Keeps a picture of the page with the results of the run. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}
