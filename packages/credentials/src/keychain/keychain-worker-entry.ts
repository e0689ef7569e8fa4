import { runKeychainWorker } from "./keychain-worker.ts";

// `startWorker` starts this file as a process of its own.
await runKeychainWorker();
