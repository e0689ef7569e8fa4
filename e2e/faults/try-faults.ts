import { mkdirSync } from "node:fs";
import { startRegistry } from "../registry.ts";
import { createSetting } from "../setting.ts";
import { type Fault, refreshUnderFault, type TracedCall, traceRefresh } from "./refresh-under-fault.ts";

// Run this by hand, because it takes minutes: `node e2e/faults/try-faults.ts`, as a user who may trace processes. It
// lets every call of a refresh that touches the credentials fail, in two of five ways each (ERRORS=5: in all of them),
// and kills the program at every call from the first of these on. It prints what was lost. It fails if anything was
// lost, except by a kill between the registry's answer and the first write. HEXUSER_PROGRAM can name a packed binary,
// which is faster.
const errors: readonly Fault[] = ["ENOSPC", "EIO", "EROFS", "EBUSY", "EDQUOT"];
const errorsEach = Number(process.env.ERRORS ?? 2);
const workers = 2;
const printEvery = 20;

const settings = await Promise.all(Array.from({ length: workers }, makeSetting));
const [first] = settings;
if (first === undefined) throw new Error("There is no setting.");
// The first refresh creates the lock and learns about the registry.
await traceRefresh(first, true);
const cases = [
  ...(await traceRefresh(first, true)).flatMap((call, index) =>
    Array.from({ length: errorsEach }, (_, order) => ({
      call,
      fault: errors[(index * errorsEach + order) % errors.length] ?? "EIO",
    })),
  ),
  ...(await traceRefresh(first, false)).map((call) => ({ call, fault: "KILL" as const })),
];
console.log(`${cases.length} cases, ${cases.filter(({ fault }) => fault === "KILL").length} of them kills`);

const totals = { tried: 0, failed: 0, killed: 0, lostTooEarly: 0, lost: 0, refreshedTwice: 0, hung: 0 };
const queue = cases.entries();
await Promise.all(
  settings.map(async (setting) => {
    for (const [index, { call, fault }] of queue) {
      await tryFault(setting, call, fault);
      if (index % printEvery === printEvery - 1) console.log(JSON.stringify(totals));
    }
  }),
);
console.log(JSON.stringify(totals));
if (totals.lost + totals.refreshedTwice + totals.hung > 0) process.exitCode = 1;
for (const { machine, registry } of settings) {
  machine.remove();
  await registry.close();
}

async function makeSetting() {
  const setting = await createSetting(await startRegistry("current-basic-off"));
  mkdirSync(setting.machine.hexHome, { mode: 0o700 });
  return setting;
}

async function tryFault(setting: (typeof settings)[number], call: TracedCall, fault: Fault): Promise<void> {
  const told = `${fault} at ${call.name} ${call.nth} ${call.file}`;
  const path = call.path?.replace(first?.machine.hexHome ?? "", setting.machine.hexHome);
  const outcome = await refreshUnderFault(setting, { ...call, path }, fault).catch((error: unknown) => {
    console.log(`hung: ${told}: ${error}`);
  });
  totals.tried += 1;
  totals.hung += Number(outcome === undefined);
  if (outcome === undefined) return;
  const { ended, isHit, refreshes, survives, isTooEarly } = outcome;
  totals.failed += Number(isHit && fault !== "KILL");
  totals.killed += Number(isHit && fault === "KILL");
  totals.refreshedTwice += Number(refreshes > 1);
  totals.lostTooEarly += Number(!survives && isTooEarly);
  totals.lost += Number(!survives && !isTooEarly);
  if (survives && refreshes < 2) return;
  console.log(`${survives ? "twice" : isTooEarly ? "lost too early" : "LOST"}: ${told}, exit ${ended.code}`);
  if (!isTooEarly) console.log(ended.stderr);
}
