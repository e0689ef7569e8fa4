import { mkdirSync } from "node:fs";
import { startRegistry } from "../registry.ts";
import { createSetting } from "../setting.ts";
import { type Fault, refreshUnderFault, traceRefresh } from "./refresh-under-fault.ts";

// Run by hand, since it takes minutes: `node faults/try-faults.ts` in e2e, as a user who may trace processes. Lets
// every call of a refresh fail in every way, and kills the program at each; prints what was lost.
const faults: readonly Fault[] = ["ENOSPC", "EIO", "EROFS", "EBUSY", "EDQUOT", "KILL"];
const parts = Number(process.env.PARTS ?? 1);
const registry = await startRegistry("current-basic-off");
const setting = await createSetting(registry);
mkdirSync(setting.machine.hexHome, { mode: 0o700 });
await traceRefresh(setting);
const calls = await traceRefresh(setting);
console.log(`${calls.length} calls: ${calls.map(({ name }) => name).join(" ")}`);
const totals = { tried: 0, hit: 0, killed: 0, lost: 0 };
for (const [index, call] of calls.entries()) {
  for (const [order, fault] of faults.entries()) {
    if ((index + order) % parts !== 0) continue;
    const outcome = await refreshUnderFault(setting, call, fault).catch((error: unknown) => {
      console.log(`${call.name} ${call.nth} ${fault}: ${error}`);
    });
    if (outcome === undefined) continue;
    const { ended, isHit, refreshes, survives } = outcome;
    totals.tried += 1;
    totals.hit += Number(isHit && fault !== "KILL");
    totals.killed += Number(isHit && fault === "KILL");
    totals.lost += Number(!survives);
    if (!survives || refreshes > 1) {
      console.log(`${survives ? "twice" : "LOST"}: ${call.name} ${call.nth} ${fault}, exit ${ended.code}`);
      console.log(ended.stderr);
    }
  }
}
console.log(JSON.stringify(totals));
setting.machine.remove();
await registry.close();
