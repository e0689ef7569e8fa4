/** A place that keeps texts by name. What can't be done is a thrown `FailureError`. */
export interface ItemStore {
  get(name: string): Promise<string | undefined>;
  set(name: string, text: string): Promise<void>;
  /** One that isn't there is as good as removed. */
  remove(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
}

/** A text that doesn't fit in one item lies in parts, in items named `NAME/GENERATION.INDEX`; the item itself says so. */
interface Manifest {
  readonly parts: number;
  readonly generation: string;
  readonly length: number;
}

/** What was read, and whether it lay in parts. */
export interface ReadText {
  readonly text: string;
  readonly inParts: boolean;
}

/** What writing and removing have to know of a store, and of what lies there. */
export interface WriteOptions {
  /** Characters that an item holds; the text is ASCII. */
  readonly longest?: number | undefined;
  /** Whether what lies there now lies in parts. */
  readonly inParts: boolean;
  /** Whether to look for parts that a process left when it was killed, too: it takes listing the store. */
  readonly tidy?: boolean | undefined;
}

/** The parts of an item are missing or cut. */
export class BrokenItem extends Error {}

/** Times that an item is read again because another process replaced its parts meanwhile. */
const mostTries = 5;

/**
 * Reads a text, whether it lies in one item or in parts. `undefined`: there is none.
 * Throws `BrokenItem` when parts are missing.
 */
export async function readText(store: ItemStore, name: string): Promise<ReadText | undefined> {
  let head = await store.get(name);
  for (let tries = 0; tries < mostTries; tries += 1) {
    const manifest = head === undefined ? undefined : manifestIn(head);
    if (manifest === undefined) {
      return head === undefined ? undefined : { text: head, inParts: false };
    }
    const parts: string[] = [];
    for (const part of partNames(name, manifest)) {
      parts.push((await store.get(part)) ?? "");
    }
    const text = parts.join("");
    const before = head;
    head = text.length === manifest.length ? head : await store.get(name);
    if (text.length === manifest.length) {
      return { text, inParts: true };
    }
    if (head === before) {
      break;
    }
  }
  throw new BrokenItem(name);
}

/**
 * Writes a text, in parts if it is longer than the store takes. The item itself is written last, and old parts are
 * removed after that: ended at any point, it leaves the old text or the new one, and parts that the next writing
 * removes.
 */
export async function writeText(
  store: ItemStore,
  name: string,
  text: string,
  { longest = Infinity, inParts, tidy }: WriteOptions,
): Promise<void> {
  if (text.length <= longest) {
    await store.set(name, text);
    if (inParts || tidy) await removeParts(store, name);
    return;
  }
  const pieces = Array.from({ length: Math.ceil(text.length / longest) }, (_, index) =>
    text.slice(index * longest, (index + 1) * longest),
  );
  // Here, not at the top: most credentials fit, and most commands write none.
  const { randomBytes } = process.getBuiltinModule("node:crypto");
  const generation = randomBytes(6).toString("hex");
  const manifest: Manifest = { parts: pieces.length, generation, length: text.length };
  for (const [index, part] of partNames(name, manifest).entries()) {
    await store.set(part, pieces[index] ?? "");
  }
  await store.set(name, JSON.stringify(manifest));
  await removeParts(store, name, generation);
}

/** Removes a text; parts that can't be removed any more, because the process ends, are found by nobody. */
export async function removeText(
  store: ItemStore,
  name: string,
  { inParts, tidy }: WriteOptions,
): Promise<void> {
  await store.remove(name);
  if (inParts || tidy) await removeParts(store, name);
}

async function removeParts(store: ItemStore, name: string, except?: string): Promise<void> {
  for (const other of await store.names()) {
    const rest = other.startsWith(`${name}/`) ? other.slice(name.length + 1) : "";
    const generation = /^([0-9a-f]{12})\.\d+$/.exec(rest)?.[1];
    if (generation !== undefined && generation !== except) await store.remove(other);
  }
}

function partNames(name: string, { parts, generation }: Manifest): string[] {
  return Array.from({ length: parts }, (_, index) => `${name}/${generation}.${index}`);
}

function manifestIn(head: string): Manifest | undefined {
  const found = /^\{"parts":(\d{1,4}),"generation":"([0-9a-f]{12})","length":(\d{1,9})\}$/.exec(head);
  const [, parts, generation, length] = found ?? [];
  return generation === undefined ? undefined : { parts: Number(parts), generation, length: Number(length) };
}
