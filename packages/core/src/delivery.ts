import { z } from "zod";
import { lazily } from "./lazily.ts";
import type { AnyOperation } from "./operation.ts";
import { handsOver, secretFields } from "./schema/read-schema.ts";

/** The forms in which hexuser can deliver a secret. */
export const secretFormats = ["env", "github", "json"] as const;

/** The shells for which hexuser can print lines. */
export const shells = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof shells)[number];

/** The programs whose variables hexuser can print. */
export const hexClients = ["mix", "rebar3", "gleam"] as const;
export type HexClient = (typeof hexClients)[number];

/**
 * How a front end delivers a secret that is shown once. A call may choose this for every operation with such a secret.
 */
export const deliverySchema = lazily(() =>
  z
    .strictObject({
      format: z
        .enum(secretFormats)
        .optional()
        .describe(
          "The form of the secret: `env` is a line for a shell, `github` a line of the file that GITHUB_ENV names, `json` the whole output; without it, the secret alone",
        ),
      output: z
        .string()
        .min(1)
        .max(4096)
        .optional()
        .describe("The file to write, which only its owner can read; the output then names it as `savedTo`"),
      force: z.boolean().optional().describe("Replace a file that exists"),
      for: z
        .enum(hexClients)
        .optional()
        .describe("The program whose variable `env` and `github` set; by default mix"),
      shell: z.enum(shells).optional().describe("The shell that reads `env`; by default bash"),
    })
    .meta({ id: "delivery" }),
);

export type DeliveryChoice = z.output<ReturnType<typeof deliverySchema>>;

/**
 * The output as front ends return it. If a secret was written to a file, the output has the path of the file instead.
 */
export function publishedOutput(operation: Partial<Pick<AnyOperation, "output" | "leaves">>): z.ZodObject {
  const output = operation.output as z.ZodObject;
  if (!handsOver(operation)) return output;
  const secrets = secretFields({ output }).map((name) => [name, true]);
  return output
    .partial(Object.fromEntries(secrets) as Record<string, true>)
    .extend({ savedTo: z.string().optional().describe("The file with the secret, which is not shown then") });
}
