import { FailureError } from "@hexuser/core";
import { backendIn } from "./temporary-home.ts";

// Started as a process of its own, with other rights: `node try-update.ts ROOT [UMASK]`. Prints, as JSON, what
// reading gave, whether the change ran, and how changing ended.
const [root = "", umask] = process.argv.slice(2);
if (umask !== undefined) {
  process.umask(Number.parseInt(umask, 8));
}
const backend = backendIn(root);
const account = { profile: "default", origin: "https://hex.pm" };
const outcome = async (run: () => Promise<unknown>) => {
  try {
    return { value: (await run()) ?? null };
  } catch (error) {
    return error instanceof FailureError ? error.failure : { defect: String(error) };
  }
};
let ran = false;
const available = await backend.available();
const read = await outcome(() => backend.read(account));
const update = await outcome(() =>
  backend.update(account, async () => {
    ran = true;
    return { apiKey: "new-s3cret" };
  }),
);
console.log(JSON.stringify({ available, read, update, ran }));
