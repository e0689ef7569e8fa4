/** The scopes to which a session can be limited. Registries know them for every program. */
export const sessionScopes = ["api", "api:read", "api:write", "repositories"] as const;

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
