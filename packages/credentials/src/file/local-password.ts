import { FailureError, fail, hint, type Seal } from "@hexuser/core";
import {
  type ContentEncryption,
  contentEncryptions,
  decryptContent,
  type Encrypted,
  encryptContent,
  hasShape,
} from "./content-encryption.ts";
import { fieldOf, type Term, textOf } from "./erlang-term.ts";
import { decodeTerm, encodeMap } from "./external-term.ts";

/** The hash and the name of each key derivation (RFC 7518, 4.8). Here the derived key doesn't wrap the key but is it. */
const derivations: ReadonlyMap<string, string> = new Map([
  ["PBES2-HS256", "sha256"],
  ["PBES2-HS384", "sha384"],
  ["PBES2-HS512", "sha512"],
]);

/**
 * The most iterations that a file may ask for. mix hex uses 32,768. A hostile file must not stall hexuser, which waits
 * for the derivation even when it is interrupted: two million take two to three seconds.
 */
const mostIterations = 2_000_000;
const mixHex = { alg: "PBES2-HS512", enc: "A256CBC-HS512", iterations: 32_768, salt: 16 } as const;
const longestSalt = 1024;

/**
 * The local password of mix hex encrypts the content of `'$write_key'`, in the form of mix hex 0.17 and later.
 *
 * @example
 * const seal = await localPasswordSeal.prepare("secret");
 * await localPasswordSeal.open(seal("key"), "secret"); // "key"
 */
export const localPasswordSeal: Seal = {
  /** Tries the password as it is, and then without white space at its ends. */
  async open({ sealed }, localPassword) {
    const { encryption, encrypted, derivation, protectedBytes } = readEnvelope(sealed);
    // mix hex removes white space at the ends of a password when it asks for one, but not when a program gives it one.
    for (const password of new Set([localPassword, localPassword.trim()])) {
      const key = await deriveKey(password, derivation, encryption.key);
      const content = decrypt(encryption, key, additionalData(protectedBytes), encrypted);
      if (content !== undefined) return content;
    }
    throw fail("authentication_refused", "The local password is wrong.", {
      hint: hint`try again; if you forgot it, run ${{ call: "deauth" }}, then ${{ call: "auth" }}.`,
    });
  },

  async prepare(localPassword) {
    const { randomBytes } = process.getBuiltinModule("node:crypto");
    const encryption = contentEncryptions.get(mixHex.enc) as ContentEncryption;
    const salt = randomBytes(mixHex.salt);
    const protectedBytes = encodeMap({
      alg: Buffer.from(mixHex.alg),
      enc: Buffer.from(mixHex.enc),
      p2c: mixHex.iterations,
      p2s: salt,
    });
    const derivation = { alg: mixHex.alg, hash: "sha512", iterations: mixHex.iterations, salt };
    const key = await deriveKey(localPassword, derivation, encryption.key);
    return (secret) => {
      const content = new TextEncoder().encode(secret);
      const additional = additionalData(protectedBytes);
      const { iv, cipherText, tag } = encryptContent(encryption, key, additional, content);
      const envelope = encodeMap({
        cipher_tag: tag,
        cipher_text: cipherText,
        encrypted_key: new Uint8Array(),
        iv,
        protected: protectedBytes,
      });
      return { sealed: Buffer.from(envelope).toString("base64url") };
    };
  },
};

interface Derivation {
  readonly alg: string;
  readonly hash: string;
  readonly iterations: number;
  readonly salt: Uint8Array;
}

interface Envelope {
  readonly encryption: ContentEncryption;
  readonly encrypted: Encrypted;
  readonly derivation: Derivation;
  readonly protectedBytes: Uint8Array;
}

/** Checks everything that needs no password, so that a damaged value doesn't look like a wrong password. */
function readEnvelope(sealed: string): Envelope {
  const text = sealed.replace(/={1,2}$/, "");
  const outer = /^[A-Za-z0-9_-]+$/.test(text) ? decodeTerm(Buffer.from(text, "base64url")) : undefined;
  const protectedBytes = bytesOf(fieldOf(outer, "protected"));
  const inner = protectedBytes && decodeTerm(protectedBytes);
  const encryption = contentEncryptions.get(textOf(fieldOf(inner, "enc")) ?? "");
  const derivation = readDerivation(inner);
  const iv = bytesOf(fieldOf(outer, "iv"));
  const cipherText = bytesOf(fieldOf(outer, "cipher_text"));
  const tag = bytesOf(fieldOf(outer, "cipher_tag"));
  const wrapped = bytesOf(fieldOf(outer, "encrypted_key"));
  if (!protectedBytes || !encryption || !derivation || !iv || !cipherText || !tag || wrapped?.length !== 0) {
    throw damaged();
  }
  const encrypted = { iv, cipherText, tag };
  if (!hasShape(encryption, encrypted)) throw damaged();
  return { encryption, encrypted, derivation, protectedBytes };
}

function readDerivation(inner: Term | undefined): Derivation | undefined {
  const alg = textOf(fieldOf(inner, "alg")) ?? "";
  const hash = derivations.get(alg);
  const salt = bytesOf(fieldOf(inner, "p2s"));
  const count = fieldOf(inner, "p2c");
  const iterations = count?.type === "integer" ? count.value : 0n;
  return hash !== undefined &&
    salt !== undefined &&
    salt.length <= longestSalt &&
    iterations > 0n &&
    iterations <= BigInt(mostIterations)
    ? { alg, hash, iterations: Number(iterations), salt }
    : undefined;
}

function bytesOf(term: Term | undefined): Uint8Array | undefined {
  return term?.type === "binary" ? term.bytes : undefined;
}

/** Works on another thread, so that the process notices an interruption. */
function deriveKey(password: string, { alg, hash, iterations, salt }: Derivation, length: number) {
  const { pbkdf2 } = process.getBuiltinModule("node:crypto");
  const fullSalt = Buffer.concat([Buffer.from(`${alg}\0`), salt]);
  return new Promise<Buffer>((resolve, reject) => {
    pbkdf2(password, fullSalt, iterations, length, hash, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** Takes the bytes of `protected` as they were stored, because encoding them again might change them. */
function additionalData(protectedBytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from("HEXAPIKEY"), protectedBytes]);
}

/** Authentic content that isn't text is damaged, whatever the password. */
function decrypt(...given: Parameters<typeof decryptContent>): string | undefined {
  try {
    const content = decryptContent(...given);
    return content && new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch (error) {
    throw error instanceof FailureError ? error : damaged();
  }
}

function damaged(): FailureError {
  return fail("storage_damaged", "The encrypted key is damaged, or not encrypted in the way of mix hex.", {
    hint: hint`run ${{ call: "deauth" }}, then ${{ call: "auth" }}.`,
  });
}
