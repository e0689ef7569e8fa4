import { start } from "./start.ts";

await start(process.argv.slice(2), {
  program: () => import("./run.ts"),
  help: () => import("./help.generated.ts"),
  completion: () => import("./completion/answer-completion.ts"),
});
