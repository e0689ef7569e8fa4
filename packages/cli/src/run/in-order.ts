/** How calls are carried out. */
export interface Steps<Call, Begun> {
  /** Whether a call waits for all before it, and holds up those after it. */
  isAlone(call: Call): boolean;
  /** Begins a call; up to `parallel` of them run at the same time. Never rejects but for what ends everything. */
  begin(call: Call): Promise<Begun>;
  /** Ends a call, in the order of the list. Gives whether to go on. */
  finish(call: Call, begun: Begun): Promise<boolean>;
  /** Whether no more calls may begin. */
  isStopped(): boolean;
}

/**
 * Carries calls out: neighbours that need not be alone side by side, `parallel` at the most, and each is finished
 * in the order of the list, one after the other. After a stop, what had begun is finished, and nothing else begins.
 */
export async function carryOutInOrder<Call, Begun>(
  calls: readonly Call[],
  parallel: number,
  { isAlone, begin, finish, isStopped }: Steps<Call, Begun>,
): Promise<void> {
  const running: { call: Call; begun: Promise<Begun> }[] = [];
  let goesOn = true;
  const finishUntil = async (left: number) => {
    while (running.length > left) {
      const [oldest] = running;
      if (oldest === undefined) return;
      const begun = await oldest.begun;
      running.shift();
      if (!(await finish(oldest.call, begun))) goesOn = false;
    }
  };
  try {
    for (const call of calls) {
      const alone = isAlone(call);
      await finishUntil(alone ? 0 : parallel - 1);
      if (!goesOn || isStopped()) break;
      const begun = begin(call);
      // Whoever waits for it comes later; until then nobody minds that it failed.
      begun.catch(() => {});
      running.push({ call, begun });
      if (alone) await finishUntil(0);
    }
    await finishUntil(0);
  } finally {
    await Promise.allSettled(running.map(({ begun }) => begun));
  }
}
