// Answers a shell's completion script when somebody presses Tab. The person waits for the answer, so this reads only
// small files, never asks a registry or a keychain, and loads nothing of the rest of the program.
import { readdirSync } from "node:fs";
import { findBackends } from "@hexuser/credentials/backends";
import {
  configDirectory,
  defaultProfile,
  type HomeEnvironment,
  isProfileName,
  pathOf,
  profilesDirectory,
} from "@hexuser/credentials/directories";
import { readPlain } from "@hexuser/credentials/read-plain";
import { enterHome, findHome, withoutHome } from "../host/home.ts";
import { bashReply, readBashLine } from "./bash-line.ts";
import { completionTable } from "./completion.generated.ts";
import { type Candidate, type CompletionSources, findCandidates } from "./find-candidates.ts";
import { recallKeyNames, recallPermissions } from "./known-names.ts";

/** The home whose settings and names are offered. It has no directory if hexuser can't enter the home. */
export function homeForCompletion(env: HomeEnvironment["env"]): HomeEnvironment {
  try {
    return enterHome(findHome(env));
  } catch {
    return withoutHome({ env, platform: process.platform });
  }
}

/** The answer to the script: lines, or the exit code that tells it to complete file names. */
export interface CompletionAnswer {
  readonly text: string;
  readonly exitCode: number;
}

const filesExitCode = 3;

/**
 * Answers `hexuser --complete SHELL =CURRENT WORD…`, or for bash `--complete bash =LINE WORDBREAKS`. A sign precedes
 * values that may be empty, because PowerShell 5 drops empty arguments.
 */
export function answerCompletion(
  [shell = "", given = "", ...words]: readonly string[],
  home: HomeEnvironment,
): CompletionAnswer {
  const typed = given.slice(1);
  const line = shell === "bash" ? readBashLine(typed, words[0] ?? "") : undefined;
  const current = line?.current ?? typed;
  const found = findCandidates(line?.words ?? words, current, completionTable(), sources(home));
  if (found === "files") return { text: "", exitCode: filesExitCode };
  const lines =
    line === undefined
      ? found.map((candidate) => (writers[shell] ?? tabbed)(candidate, current))
      : found.map(({ word }) => bashReply(word, line));
  return { text: lines.flatMap((one) => (one === undefined ? [] : `${one}\n`)).join(""), exitCode: 0 };
}

type Writer = (candidate: Candidate, current: string) => string | undefined;

/** fish takes the word and its description with a tab between them. */
const tabbed: Writer = ({ word, description }) =>
  description === undefined ? word : `${word}\t${description}`;

const writers: Readonly<Record<string, Writer>> = {
  fish: tabbed,
  // `_describe` of zsh separates them at a colon.
  zsh: ({ word, description }) => {
    const escaped = word.replaceAll(/[\\:]/g, "\\$&");
    return description === undefined ? escaped : `${escaped}:${description}`;
  },
  // PowerShell doesn't filter or quote words. It knows more than one quote (see shell-lines.ts).
  powershell: ({ word, description }, current) => {
    if (!word.toLowerCase().startsWith(current.toLowerCase())) return undefined;
    const quoted = /^[\w:./=-]+$/.test(word) ? word : `'${word.replaceAll(/['\u2018-\u201b]/g, "$&$&")}'`;
    return `${quoted}\t${description ?? word}`;
  },
};

function sources(home: HomeEnvironment): CompletionSources {
  return {
    backends: () => findBackends(home.env),
    profiles: () => [
      ...new Set([defaultProfile, ...[...profileFolders(home), ...profilesWithSettings(home)].sort()]),
    ],
    keyNames: (scope) => recallKeyNames(scope, home),
    permissions: (scope) => recallPermissions(scope, home),
  };
}

function profileFolders(home: HomeEnvironment): string[] {
  try {
    const directory = profilesDirectory(home);
    return directory === undefined ? [] : readdirSync(directory).filter(isProfileName);
  } catch {
    return [];
  }
}

function profilesWithSettings(home: HomeEnvironment): string[] {
  try {
    const directory = configDirectory(home);
    if (directory === undefined) return [];
    const path = pathOf(home.platform).join(directory, "settings.json");
    return Object.keys(JSON.parse(readPlain(path, 1024 * 1024).bytes.toString())).filter(isProfileName);
  } catch {
    return [];
  }
}
