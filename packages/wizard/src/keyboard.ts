import { PassThrough } from "node:stream";
import { StringDecoder } from "node:string_decoder";

type Source = NodeJS.ReadableStream & Partial<Pick<NodeJS.ReadStream, "isTTY" | "setRawMode">>;

/**
 * The keyboard of a terminal. From `hold` on, nothing that is typed is echoed, and all of it waits for the next question.
 */
export interface Keyboard {
  /** What a question reads, from the keys that were typed before it on. Nobody else reads it. */
  readonly input: PassThrough;
  /** Begins to keep what is typed. Every question does that by itself. */
  hold(): void;
  /** Takes what was typed before, up to the first Enter. */
  takeLine(): string;
  /** Offers keys to a function while no question is open. It tells whether it took them. */
  watch(take: (keys: string) => boolean): () => void;
  /** Lets the terminal itself echo and edit the line until it is read. */
  echo<T>(run: () => Promise<T>): Promise<T>;
  /** Leaves the terminal to another program meanwhile. */
  lend<T>(run: () => Promise<T>): Promise<T>;
}

const [leaving, interrupting, stopping] = ["\u001b", "\u0003", "\u001a"];
/** A line with its end, or what is left without one. */
const lines = /[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+/g;

/**
 * Makes the keyboard. Node sets the terminal back when the process exits.
 *
 * @param open gives the terminal's input; it is opened when somebody holds the keyboard
 * @param interrupt is called for Ctrl-C while no question is open
 */
export function createKeyboard(open: () => Source, interrupt: () => void): Keyboard {
  const input = new PassThrough();
  const decoder = new StringDecoder("utf8");
  const watchers: ((keys: string) => boolean)[] = [];
  let source: Source | undefined;
  let isEchoing = false;
  /** The text that waits is the beginning of a line. */
  let isLineOpen = false;
  let hasLeft = false;

  const isRead = () => input.readableFlowing === true;
  const setRaw = (isRaw: boolean) => source?.setRawMode?.(isRaw);

  /** An Enter alone isn't kept: it would accept what nobody has read yet. After Esc nothing counts. */
  const keep = (text: string) => {
    if (hasLeft && input.readableLength > 0) return;
    hasLeft = text === leaving;
    for (const line of text.match(lines) ?? []) {
      const isOpen = isLineOpen && input.readableLength > 0;
      if (isOpen || line.trim() !== "") input.write(line);
      isLineOpen = !/[\r\n]$/.test(line);
    }
  };
  const receive = (chunk: Buffer | string) => {
    const text = decoder.write(Buffer.from(chunk));
    if (isEchoing || isRead()) return void input.write(text);
    if (text.includes(interrupting)) return interrupt();
    if (text.includes(stopping) && process.platform !== "win32")
      return void process.kill(process.pid, "SIGTSTP");
    if (!watchers.some((take) => take(text))) keep(text);
  };
  const hold = () => {
    if (source !== undefined) return;
    source = open();
    setRaw(true);
    source.on("data", receive);
    source.on("end", () => input.end());
    source.resume();
    if (source.setRawMode === undefined) return;
    // The shell takes the terminal out of raw mode, and Node believes that nothing has changed.
    const stop = () => setRaw(false);
    process.prependOnceListener("SIGTSTP", stop);
    process.on("SIGCONT", () => {
      setRaw(false);
      if (!isEchoing) setRaw(true);
      if (!process.listeners("SIGTSTP").includes(stop)) process.prependOnceListener("SIGTSTP", stop);
    });
  };
  return {
    input,
    hold,
    takeLine() {
      hold();
      const all = (input.read() as Buffer | null)?.toString() ?? "";
      const [first = "", ...others] = all.match(lines) ?? [];
      if (others.length > 0) input.unshift(Buffer.from(others.join("")));
      return first;
    },
    watch(take) {
      hold();
      watchers.unshift(take);
      return () => void watchers.splice(watchers.indexOf(take), 1);
    },
    async echo(run) {
      hold();
      isEchoing = true;
      setRaw(false);
      try {
        return await run();
      } finally {
        isEchoing = false;
        setRaw(true);
      }
    },
    async lend(run) {
      if (source === undefined || isEchoing || isRead()) return run();
      source.pause();
      setRaw(false);
      try {
        return await run();
      } finally {
        setRaw(true);
        source.resume();
      }
    },
  };
}
