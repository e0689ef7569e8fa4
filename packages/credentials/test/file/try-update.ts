import { FailureError } from "@hexuser/core";
import { backendIn, makeHome } from "./temporary-home.ts";

// Runs as a process of its own: `node try-update.ts ROOT [UMASK [UID]]`. Prints, as JSON, what reading gave,
// whether the change ran, and how changing ended.
const [root = "", umask = "", uid] = process.argv.slice(2);
if (umask !== "") {
  process.umask(Number.parseInt(umask, 8));
}
if (uid !== undefined) {
  // Everything is loaded before the user changes, because another user may have no access to this checkout.
  const rehearsal = await makeHome();
  await backendIn(rehearsal.root).update({ profile: "default", origin: "https://hex.pm" }, async () => ({
    apiKey: "k",
  }));
  await rehearsal.remove();
  process.setgroups?.([]);
  process.setgid?.(Number(uid));
  process.setuid?.(Number(uid));
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
