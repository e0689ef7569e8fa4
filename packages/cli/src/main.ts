import { start } from "./program/start.ts";

// SIGUSR1 would open Node's debugger, through which every user of the machine can read what this process holds. Our own
// bin says so to Node at once; npm starts this file without arguments for Node.
if (!process.execArgv.includes("--disable-sigusr1")) process.on("SIGUSR1", () => {});

await start(process.argv.slice(2), {
  program: () => import("./program/dispatch.ts"),
  help: () => import("./program/help.generated.ts"),
  fitHelp: () => import("./text/fit-help.ts"),
  completion: () => import("./completion/answer-completion.ts"),
});
