/** The description of a file in its first bytes. */
export interface ExecutableFormat {
  readonly format: "ELF" | "Mach-O" | "PE";
  readonly arch: "x64" | "arm64";
}

/** The numbers that the formats have for x64 and arm64: e_machine, cputype, Machine. */
const machines: Readonly<Record<ExecutableFormat["format"], readonly [x64: number, arm64: number]>> = {
  ELF: [0x3e, 0xb7],
  "Mach-O": [0x0100_0007, 0x0100_000c],
  PE: [0x8664, 0xaa64],
};

/** Reads the format and the processor of a program or library. Fails if it isn't one for 64 bits. */
export function readFormat(bytes: Buffer): ExecutableFormat {
  const [format, machine] = readMachine(bytes);
  const arch = (["x64", "arm64"] as const)[machines[format].indexOf(machine)];
  if (arch === undefined) throw new Error(`${format} for a processor of the number ${machine}.`);
  return { format, arch };
}

function readMachine(bytes: Buffer): [ExecutableFormat["format"], number] {
  const magic = bytes.readUInt32BE(0);
  if (magic === 0x7f454c46 && bytes[4] === 2) return ["ELF", bytes.readUInt16LE(18)];
  if (magic === 0xcffaedfe) return ["Mach-O", bytes.readUInt32LE(4)];
  const header = bytes.readUInt32LE(0x3c);
  if (bytes.toString("latin1", 0, 2) === "MZ" && bytes.toString("latin1", header, header + 4) === "PE\0\0") {
    return ["PE", bytes.readUInt16LE(header + 4)];
  }
  throw new Error("This is no program of 64 bits.");
}

/** The sections of a Windows program by their addresses in memory. */
export function readSections(bytes: Buffer): { name: string; start: number; end: number }[] {
  const header = bytes.readUInt32LE(0x3c);
  const first = header + 24 + bytes.readUInt16LE(header + 20);
  return Array.from({ length: bytes.readUInt16LE(header + 6) }, (_, index) => {
    const at = first + 40 * index;
    const start = bytes.readUInt32LE(at + 12);
    const name = bytes.toString("latin1", at, at + 8).replaceAll("\0", "");
    return { name, start, end: start + bytes.readUInt32LE(at + 8) };
  });
}
