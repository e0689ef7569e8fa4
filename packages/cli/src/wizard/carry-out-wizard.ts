import { hostname } from "node:os";
import { preloadOAuthLibrary } from "@hexuser/auth";
import { fail, hint } from "@hexuser/core";
import type { BackendOffer, Terminal, WizardHost } from "@hexuser/wizard";
import { commandLine } from "../argv/command-line.ts";
import type { Options } from "../argv/options.ts";
import { nameMention } from "../argv/phrase-hint.ts";
import type { CommandContext } from "../host/backends.ts";
import { createContext } from "../host/create-context.ts";
import { createTerminal, type Interaction, ownStreams, readInteraction } from "../host/interaction.ts";
import { createPages } from "../host/pages.ts";
import { variable } from "../host/settings.ts";
import { operations } from "../operations/index.ts";
import { exitCodeOf } from "../output/exit-code.ts";
import { renderOutput } from "../output/render-output.ts";
import { createEmit, createReporter, type Reporter } from "../output/reporter.ts";
import { escapeText } from "../text/escape-text.ts";
import { linkAddresses } from "../text/link-addresses.ts";

/**
 * Starts the wizard on this terminal. Returns the exit code. Fails with `invalid_input` if nobody can be asked, and
 * names the commands that do the same.
 */
export async function carryOutWizard(
  flow: FlowWord | undefined,
  options: Options,
  signal: AbortSignal,
): Promise<number> {
  const interaction = readInteraction(options, process.env, ownStreams);
  if (options.dryRun === true) {
    throw fail("invalid_input", "The wizard can't tell beforehand what it will do.", {
      hint: hint`leave out --dry-run: it asks before it changes anything, and shows the command that does the same.`,
    });
  }
  const reporter = createReporter(interaction);
  const terminal = await createTerminal(interaction, signal, { canGoBack: true, status: reporter.status });
  if (terminal === undefined || interaction.isJson) throw nobodyToAsk(flow, interaction);
  terminal.keyboard.hold();
  const { runWizard } = await import("@hexuser/wizard");
  const host = await createHost(options, interaction, terminal, reporter);
  setTimeout(() => void preload().catch(() => {}), 50).unref();
  const failure = await runWizard(flow, host);
  return failure === undefined ? 0 : exitCodeOf(failure);
}

/** Loads the code of a sign-in while the person reads the first question, so that nobody waits for it later. */
async function preload(): Promise<void> {
  process.getBuiltinModule("node:crypto");
  process.getBuiltinModule("node:sqlite");
  await preloadOAuthLibrary();
}

async function createHost(
  options: Options,
  interaction: Interaction,
  terminal: Terminal,
  reporter: Reporter,
): Promise<WizardHost> {
  const context = await createContext({
    options,
    env: process.env,
    emit: createEmit({ reporter }),
    signal: terminal.signal,
    trace: interaction.isVerbose ? reporter.detail : undefined,
    waitFor: reporter.status.waitFor,
    lend: terminal.keyboard.lend,
    isInteractive: true,
  });
  return {
    terminal,
    operations,
    backend: offer(context.backends.inUse, context),
    otherBackends: () => offerOthers(options, context),
    commandLine: (operation, input, backend) =>
      commandLine(operation, withoutDefaults(input), repeatedFlags(options, backend)),
    renderOutput: (operation, output) =>
      renderOutput(operation, output, {
        colors: { out: terminal.hasColors, error: terminal.hasColors },
        width: terminal.columns(),
        isTsv: false,
      }),
    escapeText,
    nameMention,
    drawQr: options.qr === true ? (await import("uqr")).renderUnicodeCompact : undefined,
    pages: createPages(options, { terminal }),
    linkAddresses: interaction.hasLinks ? linkAddresses : (text) => text,
    // Acts like a signal. This also works on Windows, where a program that signals itself is killed.
    interrupt: () => void process.emit("SIGINT"),
  };
}

/**
 * Finds the other backends that work here. If the person named one in a flag or the environment, it offers no other.
 */
async function offerOthers(options: Options, context: CommandContext): Promise<readonly BackendOffer[]> {
  const { backends } = context;
  const isNamed =
    options.backend !== undefined || variable(process.env, "HEXUSER_BACKEND", "HEX_API_KEY") !== undefined;
  const ids = isNamed
    ? []
    : backends.ids().filter((id) => id !== backends.inUse && backends.describe(id).canKeep);
  const found = await Promise.all(
    ids.map(async (id) =>
      (await backends.isUsable(id)) ? [offer(id, { ...context, credentials: await backends.make(id) })] : [],
    ),
  );
  return found.flat();
}

function offer(id: string, context: CommandContext): BackendOffer {
  const { backends } = context;
  const { title, means } = backends.describe(id);
  const use = () => backends.choose({ ...backends.settings(), backend: id });
  return { id, title, means, context, use };
}

/** Leaves out the values that the command would choose by itself. */
function withoutDefaults({ keyName, ...input }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return keyName === hostname() ? input : { ...input, keyName };
}

/** The flags for the registry and the credentials, as they were given to the wizard. */
function repeatedFlags(options: Options, backend: string | undefined): string[] {
  const flags = { "api-url": options.apiUrl, profile: options.profile, backend: backend ?? options.backend };
  const named = Object.entries(flags).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  return options.allowHttp === true ? [...named, "--allow-http"] : named;
}

/** The commands that do the same as a flow. */
const instead = {
  register: ["register"],
  auth: ["auth"],
  reset_password: ["reset_password account", "reset_password local"],
  keys: ["key generate", "key revoke", "key list"],
  other: [],
};
type FlowWord = keyof typeof instead;

function nobodyToAsk(flow: FlowWord | undefined, { silencedBy }: Interaction) {
  const names = (flow === undefined ? [] : instead[flow]).map((name) => `\`hexuser ${name}\``);
  const why = silencedBy === undefined ? "" : ` Here ${silencedBy} keeps it from asking.`;
  return fail("invalid_input", `The wizard needs a terminal on which you can answer its questions.${why}`, {
    hint:
      names.length === 0
        ? hint`use the commands instead: \`hexuser --help\` lists them.`
        : hint`use ${names.join(", ")} instead; with --help ${names.length === 1 ? "it tells its" : "they tell their"} flags.`,
  });
}
