/** Stores texts by name. Its functions throw `FailureError`. */
export interface ItemStore {
  get(name: string): Promise<string | undefined>;
  set(name: string, text: string): Promise<void>;
  /** Succeeds also if there is no such item. */
  remove(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
}

/** The content of an item whose text is too long: the text is in items named `NAME/GENERATION.INDEX`. */
interface Manifest {
  readonly parts: number;
  readonly generation: string;
  readonly length: number;
}

interface WriteOptions {
  /** Characters of an item. The text is ASCII. */
  readonly longest?: number | undefined;
  /** Whether the stored text is in parts. */
  readonly inParts: boolean;
  /** Whether to remove parts that a killed process left. This lists the store. */
  readonly tidy?: boolean | undefined;
}

/** Parts of an item are missing or cut. */
export class BrokenItem extends Error {}

/** How often an item is read again if another process has replaced its parts meanwhile. */
const mostTries = 5;

/**
 * Reads a text from one item or from parts; `undefined` if there is no item. Throws `BrokenItem` if parts are missing.
 */
export async function readText(
  store: ItemStore,
  name: string,
): Promise<{ readonly text: string; readonly inParts: boolean } | undefined> {
  let head = await store.get(name);
  for (let tries = 0; tries < mostTries; tries += 1) {
    const manifest = head === undefined ? undefined : manifestIn(head);
    if (manifest === undefined) return head === undefined ? undefined : { text: head, inParts: false };
    const parts: string[] = [];
    for (const part of partNames(name, manifest)) {
      parts.push((await store.get(part)) ?? "");
    }
    const text = parts.join("");
    const before = head;
    if (text.length === manifest.length) return { text, inParts: true };
    head = await store.get(name);
    if (head === before) break;
  }
  throw new BrokenItem(name);
}

/**
 * Writes a text, in parts if it is longer than an item of the store. It writes the item itself last, and removes old
 * parts after that. If it is interrupted, the old or the new text is there, and perhaps parts that the next change
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
  // Loaded only now, because most credentials fit, and most commands write nothing.
  const { randomBytes } = process.getBuiltinModule("node:crypto");
  const generation = randomBytes(6).toString("hex");
  const manifest: Manifest = { parts: pieces.length, generation, length: text.length };
  for (const [index, part] of partNames(name, manifest).entries()) {
    await store.set(part, pieces[index] ?? "");
  }
  await store.set(name, JSON.stringify(manifest));
  await removeParts(store, name, generation);
}

/** Removes a text. If the process ends before the parts are removed, no reading finds them. */
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
