import { isUtf8 } from "node:buffer";
import { atom, integer, type Term } from "./erlang-term.ts";

/** Bytes of a term. An encrypted key has about 300, and the limit allows for one of many kilobytes. */
const largest = 64 * 1024;
const deepest = 4;
const mostPairs = 32;

const version = 131;
const tags = {
  smallInteger: 97,
  integer: 98,
  atom: 100,
  binary: 109,
  smallBig: 110,
  smallAtom: 115,
  map: 116,
};
const atomUtf8 = { long: 118, short: 119 };

/**
 * Decodes the part of Erlang's external term format that encrypted keys use: maps, atoms, binaries and whole numbers.
 * It refuses everything else (compressed terms, functions, processes), and checks every length.
 *
 * @returns `undefined` if the bytes contain anything else
 */
export function decodeTerm(bytes: Uint8Array): Term | undefined {
  if (bytes.length > largest || bytes[0] !== version) return undefined;
  const reader: Reader = { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), at: 1 };
  try {
    const term = decodeNext(reader, 0);
    return reader.at === bytes.length ? term : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Reader {
  readonly bytes: Buffer;
  at: number;
}

function decodeNext(reader: Reader, depth: number): Term {
  if (depth > deepest) throw new RangeError("too deep");
  const tag = takeUnsigned(reader, 1);
  switch (tag) {
    case tags.smallInteger:
      return integer(takeUnsigned(reader, 1));
    case tags.integer:
      return integer(takeBytes(reader, 4).readInt32BE());
    case tags.smallBig:
      return decodeBig(reader);
    case tags.atom:
      return atom(takeBytes(reader, takeUnsigned(reader, 2, 255)).toString("latin1"));
    case tags.smallAtom:
      return atom(takeBytes(reader, takeUnsigned(reader, 1)).toString("latin1"));
    case atomUtf8.long:
      return decodeAtom(takeBytes(reader, takeUnsigned(reader, 2, 255 * 4)));
    case atomUtf8.short:
      return decodeAtom(takeBytes(reader, takeUnsigned(reader, 1)));
    case tags.binary:
      return { type: "binary", bytes: Uint8Array.from(takeBytes(reader, takeUnsigned(reader, 4))) };
    case tags.map: {
      const arity = takeUnsigned(reader, 4, mostPairs);
      const pairs = Array.from(
        { length: arity },
        () => [decodeNext(reader, depth + 1), decodeNext(reader, depth + 1)] as const,
      );
      return { type: "map", pairs };
    }
    default:
      throw new RangeError("unexpected tag");
  }
}

function decodeAtom(bytes: Buffer): Term {
  if (!isUtf8(bytes)) throw new RangeError("an atom is not UTF-8");
  return atom(bytes.toString("utf8"));
}

function decodeBig(reader: Reader): Term {
  const length = takeUnsigned(reader, 1, 8);
  const negative = takeUnsigned(reader, 1, 1) === 1;
  const magnitude = takeBytes(reader, length).reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
  return integer(negative ? -magnitude : magnitude);
}

function takeBytes(reader: Reader, length: number): Buffer {
  if (length > reader.bytes.length - reader.at) throw new RangeError("too few bytes");
  reader.at += length;
  return reader.bytes.subarray(reader.at - length, reader.at);
}

function takeUnsigned(reader: Reader, width: number, most = 0xffffffff): number {
  const value = takeBytes(reader, width).readUIntBE(0, width);
  if (value > most) throw new RangeError("too large");
  return value;
}

/**
 * Encodes a map of atoms to binaries and whole numbers below 2^31. It writes atoms with the tag that every OTP release
 * reads (100), and map keys in the given order, which no client checks.
 */
export function encodeMap(fields: Readonly<Record<string, Uint8Array | number>>): Uint8Array {
  const parts: Uint8Array[] = [Buffer.of(version), withLength(tags.map, 4, Object.keys(fields).length)];
  for (const [key, value] of Object.entries(fields)) {
    const name = Buffer.from(key, "latin1");
    parts.push(withLength(tags.atom, 2, name.length), name);
    if (typeof value === "number") {
      parts.push(withLength(tags.integer, 4, value));
    } else {
      parts.push(withLength(tags.binary, 4, value.length), value);
    }
  }
  return Buffer.concat(parts);
}

function withLength(tag: number, width: number, length: number): Buffer {
  const bytes = Buffer.alloc(1 + width);
  bytes.writeUInt8(tag);
  bytes.writeUIntBE(length, 1, width);
  return bytes;
}
