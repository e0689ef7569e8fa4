import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Version } from "@cyclonedx/cyclonedx-library/Spec";
import { JsonStrictValidator } from "@cyclonedx/cyclonedx-library/Validation";
import { keyringAddon } from "../package/build-binary.ts";
import type { Component, Inventory } from "../package/inventory.ts";
import { keyringPackage, type Platform } from "../package/platforms.ts";

/**
 * The bill of materials of one platform's binary, a CycloneDX document of version 1.6: the packages in the program,
 * the keychain's library and Node. Fails if it isn't valid.
 */
export async function billOfMaterials(
  inventory: Inventory,
  platform: Platform,
  { version, file }: { readonly version: string; readonly file: string },
): Promise<string> {
  const document = {
    ...inventory,
    metadata: {
      ...inventory.metadata,
      component: {
        ...inventory.metadata.component,
        name: "hexuser",
        version,
        type: "application",
        hashes: [sha256(file)],
        properties: [{ name: "hexuser:platform", value: platform.id }],
      },
    },
    components: [...inventory.components.map(withoutTexts), ...nativeComponents(platform)],
  };
  const text = `${JSON.stringify(document, null, 2)}\n`;
  const problems = await new JsonStrictValidator(Version.v1dot6).validate(text);
  if (problems !== null) throw new Error(`The bill of materials isn't valid: ${JSON.stringify(problems)}`);
  return text;
}

/** The texts of licences are in THIRD_PARTY_LICENSES. */
function withoutTexts({ evidence: _, ...component }: Component): Component {
  return component;
}

function nativeComponents(platform: Platform): object[] {
  const library = keyringPackage(platform.keyring);
  const { version } = platform.runtime;
  return [
    {
      type: "library",
      group: "@napi-rs",
      name: library.name.replace("@napi-rs/", ""),
      version: library.version,
      "bom-ref": `${library.name}@${library.version}`,
      purl: `pkg:npm/%40napi-rs/${library.name.replace("@napi-rs/", "")}@${library.version}`,
      licenses: [{ license: { id: "MIT" } }],
      hashes: [sha256(keyringAddon(platform))],
    },
    {
      type: "platform",
      name: "node",
      version,
      "bom-ref": `node@${version}`,
      purl: `pkg:github/nodejs/node@v${version}`,
      licenses: [{ license: { id: "MIT" } }],
    },
  ];
}

function sha256(file: string): { readonly alg: "SHA-256"; readonly content: string } {
  return { alg: "SHA-256", content: createHash("sha256").update(readFileSync(file)).digest("hex") };
}
