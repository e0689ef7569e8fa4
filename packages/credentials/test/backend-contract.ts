import {
  type AccountKey,
  type CredentialBackend,
  FailureError,
  type StoredCredentials,
  storedCredentialsSchema,
} from "@hexuser/core";
import { beforeEach, describe, expect, it } from "vitest";

/** The functions that the suite needs from a backend. */
export interface BackendUnderTest {
  /** Makes an empty backend. */
  readonly make: () => Promise<CredentialBackend>;
  /** Makes another backend over the same store, like another process. */
  readonly reopen: () => Promise<CredentialBackend>;
}

const hexpm: AccountKey = { profile: "default", origin: "https://hex.pm" };
const mirror: AccountKey = { profile: "default", origin: "http://localhost:4000" };
const work: AccountKey = { profile: "work", origin: "https://hex.pm" };

/** All shapes of credentials, by name. A backend with a seal gets sealed write keys, others get plain ones. */
export function credentialShapes(sealed: boolean): Readonly<Record<string, StoredCredentials>> {
  const write = sealed ? { sealed: "c2VhbGVk" } : "write-s3cret";
  const session = {
    accessToken: "header.eyJpc3MiOiJoZXhwbSIsInN1YiI6InVzZXI6ZXJpYyJ9.signature",
    refreshToken: "refresh-s3cret",
    expiresAt: 1_795_478_400,
    scope: "api:read api:write repository:hexpm",
    madeAt: 1_795_476_600,
    clientId: "a client of our own",
  };
  const names = { write: "laptop-api", read: "laptop-api-read", repositories: "Josés laptop ☃" };
  return {
    "a key of the person": { apiKey: "brought-s3cret" },
    "a session": { session },
    "a session without refresh": { session: { accessToken: "opaque", expiresAt: 0 } },
    "three keys": { keys: { write, read: "read-s3cret", repositories: "repo-s3cret", names } },
    "a write key alone": { keys: { write } },
    "a read key with a name": { keys: { read: "read-s3cret", names: { read: "ci" } } },
    "a repositories key alone": { keys: { repositories: "repo-s3cret" } },
    "everything at once": {
      apiKey: "brought",
      session,
      keys: { write, read: "r", repositories: "p", names },
    },
    "text that isn't ASCII": { apiKey: "schlüssel ☃ \u0000 \" \\ ' %", keys: { read: "é\n" } },
  };
}

/** The contract of every writable backend. */
export function describeBackendContract(name: string, { make, reopen }: BackendUnderTest): void {
  let backend: CredentialBackend;
  beforeEach(async () => {
    backend = await make();
  });
  const store = (account: AccountKey, credentials: StoredCredentials | undefined) =>
    backend.update(account, async () => credentials);

  // Helper programs start others, which takes seconds on a busy machine.
  describe(`${name} keeps the contract of backends`, { timeout: 240_000 }, () => {
    it("is available, and tells its location", async () => {
      expect(await backend.available()).toEqual({ available: true });
      expect(backend.location(hexpm)).not.toBe("");
    });

    it("is empty at first", async () => {
      expect(await backend.read(hexpm)).toBeUndefined();
      expect(await backend.list()).toEqual([]);
      const given: unknown[] = [];
      await backend.update(hexpm, async (now) => {
        given.push(now);
        return now;
      });
      expect(given).toEqual([undefined]);
      expect(await backend.list()).toEqual([]);
    });

    it("replaces credentials of every shape with those of every other, and with nothing", async () => {
      const shapes: Readonly<Record<string, StoredCredentials | undefined>> = {
        nothing: undefined,
        ...credentialShapes(backend.seal !== undefined),
      };
      let last = "nothing";
      for (const next of walkThroughAllPairs(Object.keys(shapes))) {
        // A new backend, like that of another process, passes the stored credentials to the change.
        await (await reopen()).update(hexpm, async (now) => {
          expect(now, `${last}, before ${next}`).toEqual(shapes[last]);
          if (now !== undefined) expect(storedCredentialsSchema().parse(now)).toEqual(now);
          return shapes[next];
        });
        last = next;
      }
      expect(last).toBe("nothing");
      expect(await backend.list()).toEqual([]);
      for (const credentials of [shapes["everything at once"], undefined]) {
        await store(hexpm, credentials);
        expect(await backend.read(hexpm)).toEqual(credentials);
        expect(await backend.list()).toEqual(credentials === undefined ? [] : [hexpm]);
      }
    });

    it("stores a value of 16 KiB", async () => {
      const large = { apiKey: "é\\".repeat(8192), keys: { read: "x".repeat(16 * 1024) } };
      await store(hexpm, large);
      expect(await (await reopen()).read(hexpm)).toEqual(large);
      await store(hexpm, { apiKey: "short" });
      expect(await backend.read(hexpm)).toEqual({ apiKey: "short" });
    });

    it("passes the stored credentials to the change", async () => {
      await store(hexpm, { apiKey: "one" });
      await backend.update(hexpm, async (now) => ({ ...now, keys: { read: "two" } }));
      expect(await backend.read(hexpm)).toEqual({ apiKey: "one", keys: { read: "two" } });
    });

    it("writes nothing if the change returns the same object", async () => {
      await store(hexpm, { apiKey: "one" });
      await backend.update(hexpm, async (now) => {
        if (now !== undefined) {
          now.apiKey = "changed in place";
        }
        return now;
      });
      expect(await backend.read(hexpm)).toEqual({ apiKey: "one" });
    });

    it("writes nothing if the change throws, and rethrows the error", async () => {
      await store(hexpm, { apiKey: "one" });
      const thrown = new Error("the registry is gone");
      const changing = backend.update(hexpm, async () => {
        throw thrown;
      });
      await expect(changing).rejects.toBe(thrown);
      expect(await backend.read(hexpm)).toEqual({ apiKey: "one" });
      await store(hexpm, { apiKey: "two" });
      expect(await backend.read(hexpm)).toEqual({ apiKey: "two" });
    });

    it("accepts removing a missing item", async () => {
      await store(hexpm, undefined);
      expect(await backend.read(hexpm)).toBeUndefined();
    });

    it("keeps accounts apart by profile and origin", async () => {
      const everything = credentialShapes(backend.seal !== undefined)["everything at once"];
      const accounts = [hexpm, mirror, work];
      for (const [index, account] of accounts.entries()) {
        await store(account, { ...everything, apiKey: `key ${index}` });
      }
      for (const [index, account] of accounts.entries()) {
        expect(await (await reopen()).read(account)).toEqual({ ...everything, apiKey: `key ${index}` });
      }
      const byName = (one: AccountKey, other: AccountKey) =>
        (one.profile + one.origin).localeCompare(other.profile + other.origin);
      expect([...(await backend.list())].sort(byName)).toEqual([...accounts].sort(byName));
      await store(mirror, undefined);
      expect(await backend.read(mirror)).toBeUndefined();
      expect(await backend.read(hexpm)).toEqual({ ...everything, apiKey: "key 0" });
      expect(await backend.read(work)).toEqual({ ...everything, apiKey: "key 2" });
    });

    it("loses no change if many run at once, over several accounts", async () => {
      const others = await Promise.all([reopen(), reopen(), reopen()]);
      await Promise.all(
        Array.from({ length: 24 }, (_, index) =>
          (others[index % 3] ?? backend).update(index % 2 ? hexpm : mirror, async (now) => {
            await new Promise((resolve) => setTimeout(resolve, index % 3));
            return { apiKey: `${now?.apiKey ?? ""}+` };
          }),
        ),
      );
      expect([(await backend.read(hexpm))?.apiKey, (await backend.read(mirror))?.apiKey]).toEqual([
        "+".repeat(12),
        "+".repeat(12),
      ]);
    });

    it("refuses an invalid origin", async () => {
      await expect(backend.read({ profile: "default", origin: "hex.pm" })).rejects.toThrow(FailureError);
    });

    it("opens a sealed secret only with the same password", async () => {
      if (backend.seal === undefined) {
        return;
      }
      const sealed = (await backend.seal.prepare("pässwörd ☃"))("write-s3cret");
      expect(JSON.stringify(sealed)).not.toContain("s3cret");
      expect(await backend.seal.open(sealed, "pässwörd ☃")).toBe("write-s3cret");
      expect((await backend.seal.prepare("pässwörd ☃"))("write-s3cret")).not.toEqual(sealed);
      await expect(backend.seal.open(sealed, "pässwörd")).rejects.toMatchObject({
        failure: { code: "authentication_refused" },
      });
      await expect(backend.seal.open({ sealed: "write-s3cret" }, "x")).rejects.toMatchObject({
        failure: { code: "storage_damaged" },
      });
    });
  });
}

/**
 * A walk from the first of some names back to it, with a step from each name to each name, itself included. No step
 * comes twice.
 */
function walkThroughAllPairs<Name>(names: readonly Name[]): Name[] {
  const there = names.flatMap((name, index) => [
    name,
    name,
    ...names.slice(index + 2).flatMap((other) => [other, name]),
  ]);
  return [...there, ...names.slice(0, -1).reverse()].slice(1);
}
