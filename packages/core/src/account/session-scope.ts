/** What a session can be limited to: registries know these scopes for every program. */
export const sessionScopes = ["api", "api:read", "api:write", "repositories"] as const;

/**
 * What a session may do, by one scope each (RFC 6749, 3.3). Where another program has stored the session, its access
 * token tells. Gives `undefined` if nothing tells.
 */
export function scopeOf(
  authorization: string,
  session?: { readonly scope?: string | undefined },
): string[] | undefined {
  const scope = session?.scope ?? claimOf(authorization, "scope");
  return scope?.split(" ").filter((word) => word !== "");
}

/** What an access token says of itself (RFC 7519, 4). It isn't verified, since nothing depends on it. */
export function claimOf(authorization: string, name: "exp" | "scope"): string | undefined {
  try {
    const [, claims = ""] = authorization.split(".");
    const claim: unknown = JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/")))[name];
    return typeof claim === "string" || typeof claim === "number" ? String(claim) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The permissions of one repository or one package that a key of this account can have.
 *
 * @param packages such as `hexpm/NAME`
 */
export function accountPermissions(
  organizations: readonly { readonly name: string }[],
  packages: readonly string[],
): readonly string[] {
  const own = organizations.flatMap(({ name }) => [`repository:${name}`, `docs:${name}`]);
  return [...own, ...packages.map((name) => `package:${name}`)];
}
