import { z } from "zod";
import type { RegistryResponse, Send } from "../registry/registry-request.ts";
import { Answer, empty, json } from "./answer.ts";

const named = () => z.object({ name: z.string().min(1) });

const keyInfo = () =>
  z.object({
    key: z.object({
      name: z.string(),
      owner: z.object({ type: z.string(), name: z.string() }).nullish(),
    }),
  });

export type KeyInfo = z.output<ReturnType<typeof keyInfo>>["key"];

/**
 * `GET /auth`: what the registry tells about the credential, if it may use this domain. It is `null` for a token, and
 * older registries answer so to keys, too.
 */
export async function readAuth(send: Send, domain: "api" | "repositories"): Promise<Answer<KeyInfo | null>> {
  const read = (response: RegistryResponse) =>
    response.status === 204 ? empty(204)(response) : json(keyInfo())(response)?.key;
  return new Answer<KeyInfo | null>(await send({ method: "GET", path: `/auth?domain=${domain}` }), read);
}

/** `GET /orgs`: the organizations of the credential. */
export async function listOrganizations(send: Send): Promise<Answer<{ name: string }[]>> {
  return new Answer(await send({ method: "GET", path: "/orgs" }), json(z.array(named())));
}
