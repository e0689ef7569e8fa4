import { FailureError, fail, type Seal } from "@hexuser/core";
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

/** The hash and the name of each key derivation (RFC 7518, 4.8, which wraps no key here but is the key). */
const derivations: ReadonlyMap<string, string> = new Map([
  ["PBES2-HS256", "sha256"],
  ["PBES2-HS384", "sha384"],
  ["PBES2-HS512", "sha512"],
]);

/**
 * Iterations of a file that is taken seriously. mix hex uses 32,768; a hostile file must not stall the program,
 * which waits for the derivation even when it is interrupted: two million take two to three seconds.
 */
const mostIterations = 2_000_000;
const mixHex = { alg: "PBES2-HS512", enc: "A256CBC-HS512", iterations: 32_768, salt: 16 } as const;
const longestSalt = 1024;

/**
 * The local password of mix hex: what lies in `'$write_key'` is encrypted under it, in a form that mix hex 0.17
 * and later read and write.
 *
 * @example
 * const seal = await localPasswordSeal.prepare("secret");
 * await localPasswordSeal.open(seal("key"), "secret"); // "key"
 */
export const localPasswordSeal: Seal = {
  /** Tries the password as it is, and then without white space at its ends. */
  async open({ sealed }, localPassword) {
    const envelope = readEnvelope(sealed);
    const { encryption, encrypted, derivation, protectedBytes } = envelope;
    // mix hex removes white space at the ends of a password when it asks for one, but not when a program gives it one.
    for (const password of new Set([localPassword, localPassword.trim()])) {
      const key = await deriveKey(password, derivation, encryption.key);
      const content = decrypt(encryption, key, additionalData(protectedBytes), encrypted);
      if (content !== undefined) return content;
    }
    throw fail("authentication_refused", "The local password is wrong.", {
      hint: "try again; if you forgot it, run `hexuser deauth`, then `hexuser auth`.",
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
      const { iv, cipherText, tag } = encryptContent(
        encryption,
        key,
        additionalData(protectedBytes),
        content,
      );
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

/** Checks all that can be checked without the password, so that a wrong one isn't taken for a damaged value. */
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
  if (!hasShape(encryption, encrypted)) {
    throw damaged();
  }
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

/** On another thread, so that an interruption is seen meanwhile. */
function deriveKey(password: string, { alg, hash, iterations, salt }: Derivation, length: number) {
  const { pbkdf2 } = process.getBuiltinModule("node:crypto");
  const fullSalt = Buffer.concat([Buffer.from(`${alg}\0`), salt]);
  return new Promise<Buffer>((resolve, reject) => {
    pbkdf2(password, fullSalt, iterations, length, hash, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** The bytes of `protected` as they were stored: encoded again they might differ. */
function additionalData(protectedBytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from("HEXAPIKEY"), protectedBytes]);
}

/** What is authentic but doesn't decrypt to text is damaged, whatever the password. */
function decrypt(...given: Parameters<typeof decryptContent>): string | undefined {
  try {
    const content = decryptContent(...given);
    return content && new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch (error) {
    throw error instanceof FailureError ? error : damaged();
  }
}

function damaged(): FailureError {
  return fail("storage_damaged", "The encrypted key is damaged, or not encrypted the way mix hex does it.", {
    hint: "run `hexuser deauth`, then `hexuser auth`.",
  });
}
