/** An algorithm that protects the content of an encrypted key (RFC 7518, 5.2 and 5.3). */
export interface ContentEncryption {
  /** Bytes of the whole key, the initialization vector and the tag. */
  readonly key: number;
  readonly iv: number;
  readonly tag: number;
  readonly cipher: string;
  /** Absent if the cipher itself authenticates. */
  readonly hmac?: string;
}

export const contentEncryptions: ReadonlyMap<string, ContentEncryption> = new Map([
  ["A128CBC-HS256", { key: 32, iv: 16, tag: 16, cipher: "aes-128-cbc", hmac: "sha256" }],
  ["A192CBC-HS384", { key: 48, iv: 16, tag: 24, cipher: "aes-192-cbc", hmac: "sha384" }],
  ["A256CBC-HS512", { key: 64, iv: 16, tag: 32, cipher: "aes-256-cbc", hmac: "sha512" }],
  ["A128GCM", { key: 16, iv: 12, tag: 16, cipher: "aes-128-gcm" }],
  ["A192GCM", { key: 24, iv: 12, tag: 16, cipher: "aes-192-gcm" }],
  ["A256GCM", { key: 32, iv: 12, tag: 16, cipher: "aes-256-gcm" }],
]);

export interface Encrypted {
  readonly iv: Uint8Array;
  readonly cipherText: Uint8Array;
  readonly tag: Uint8Array;
}

/** Tells whether the parts have the lengths that the algorithm requires. */
export function hasShape({ iv, tag, hmac }: ContentEncryption, encrypted: Encrypted): boolean {
  const { length } = encrypted.cipherText;
  return (
    encrypted.iv.length === iv &&
    encrypted.tag.length === tag &&
    // CBC pads to whole blocks, and to at least one.
    (hmac === undefined || (length > 0 && length % 16 === 0))
  );
}

/** Decrypts; `undefined` if the tag is wrong, because of another key or other content. */
export function decryptContent(
  encryption: ContentEncryption,
  key: Uint8Array,
  additional: Uint8Array,
  { iv, cipherText, tag }: Encrypted,
): Buffer | undefined {
  const crypto = process.getBuiltinModule("node:crypto");
  const { cipher, hmac } = encryption;
  if (hmac !== undefined) {
    const expected = authenticate(encryption, key, [additional, iv, cipherText]);
    if (!crypto.timingSafeEqual(expected, tag)) return undefined;
    const decipher = crypto.createDecipheriv(cipher, key.subarray(key.length / 2), iv);
    return Buffer.concat([decipher.update(cipherText), decipher.final()]);
  }
  const options = { authTagLength: encryption.tag };
  const decipher = crypto.createDecipheriv(cipher as "aes-256-gcm", key, iv, options);
  decipher.setAAD(additional);
  decipher.setAuthTag(tag);
  const start = decipher.update(cipherText);
  try {
    return Buffer.concat([start, decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Encrypts with AES-CBC and HMAC, like every mix hex. */
export function encryptContent(
  encryption: ContentEncryption,
  key: Uint8Array,
  additional: Uint8Array,
  content: Uint8Array,
): Encrypted {
  const crypto = process.getBuiltinModule("node:crypto");
  const iv = crypto.randomBytes(encryption.iv);
  const cipher = crypto.createCipheriv(encryption.cipher, key.subarray(key.length / 2), iv);
  const cipherText = Buffer.concat([cipher.update(content), cipher.final()]);
  return { iv, cipherText, tag: authenticate(encryption, key, [additional, iv, cipherText]) };
}

/** The first half of the key authenticates; the tag is the first half of the MAC (RFC 7518, 5.2.2.1). */
function authenticate(
  { hmac = "", tag }: ContentEncryption,
  key: Uint8Array,
  [additional, iv, cipherText]: readonly [Uint8Array, Uint8Array, Uint8Array],
): Buffer {
  const bits = Buffer.alloc(8);
  bits.writeBigUInt64BE(BigInt(additional.length) * 8n);
  const mac = process.getBuiltinModule("node:crypto").createHmac(hmac, key.subarray(0, key.length / 2));
  return mac.update(additional).update(iv).update(cipherText).update(bits).digest().subarray(0, tag);
}
