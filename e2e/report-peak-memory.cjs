// Loaded into a process that is measured (`node --require`): writes the peak of its resident memory, in KiB, to
// file descriptor 3 when it ends. `maxRSS` of `process.resourceUsage()` would not do on Linux: it holds the peak of
// what forked it, too.
const { readFileSync, writeSync } = require("node:fs");

process.on("exit", () => {
  writeSync(3, `${peakOfLinux() ?? process.resourceUsage().maxRSS}\n`);
});

function peakOfLinux() {
  try {
    return /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  } catch {
    return undefined;
  }
}
