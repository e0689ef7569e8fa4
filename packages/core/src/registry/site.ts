import type { Registry } from "../context.ts";

/** The origin (scheme, host, port) that credentials for this registry are bound to. */
export function originOf(registry: Pick<Registry, "apiUrl">): string {
  return new URL(registry.apiUrl).origin;
}

/** An address on the registry's site, whose base is that of the API without `/api`. */
export function sitePage(registry: Pick<Registry, "apiUrl">, path: string): string {
  return registry.apiUrl.replace(/\/api$/, "") + path;
}
