import type { BackendKind } from "../backend-kind.ts";

export const envKind: BackendKind = {
  name: "env",
  isShared: false,
  canKeep: false,
  describe: () => ({
    title: "In environment variables",
    means: "hexuser prints lines for your shell that set the variables, and stores nothing.",
  }),
  async open(_id, { home, account, notify, shellLines }) {
    const { createEnvBackend } = await import("./env-backend.ts");
    return createEnvBackend({
      env: home.env,
      account,
      notify,
      shell: shellLines?.shell,
      client: shellLines?.client,
      print: shellLines?.print,
    });
  },
};
