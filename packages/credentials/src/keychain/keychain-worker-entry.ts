import { runKeychainWorker } from "./keychain-worker.ts";

// Started as a process of its own, by `startWorker`.
await runKeychainWorker();
