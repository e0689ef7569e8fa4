import { backendIn } from "./temporary-home.ts";

// Runs as a process of its own: `node hold-lock.ts ROOT`. Holds the lock until it is killed.
await backendIn(process.argv[2] ?? "").update(
  { profile: "default", origin: "https://hex.pm" },
  async (now) => {
    console.log("held");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    return now;
  },
);
