import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect } from "vitest";
import { createMachine, type Machine } from "../hexuser-environment.ts";
import { type DownloadServer, serveFolder } from "../install/download-server.ts";
import { type ReleasedFiles, releaseScripts } from "../install/released-files.ts";
import {
  archivers,
  asOrdinaryUser,
  itWith,
  mountRights,
  otherUserRights,
  type Requirement,
} from "../requirements.ts";
import { type Ended, type RunOptions, runHexuser } from "../run-hexuser.ts";

const busybox: Requirement = {
  met: spawnSync("busybox", ["ash", "-c", "true"]).status === 0,
  reason: "it needs busybox",
};
const linux: Requirement = {
  met: process.platform === "linux" && ["x64", "arm64"].includes(process.arch),
  reason: "a release for Linux is installed",
};
const isHere = linux.met && archivers.met;
const itOnLinux = itWith(linux, archivers);

let machine: Machine;
let files: ReleasedFiles;
let server: DownloadServer;
let bin: string;

beforeEach(async () => {
  if (!isHere) return;
  machine = createMachine();
  bin = join(machine.home, ".local/bin");
  await release("1.2.3");
});
afterEach(async () => {
  if (!isHere) return;
  await server.close();
  files.remove();
  machine.remove();
});

async function release(version: string, script?: string): Promise<void> {
  if (files !== undefined) files.remove();
  await server?.close();
  files = await releaseScripts(version, script === undefined ? {} : { script });
  server = await serveFolder(files.folder);
}

/** Runs the script as people get it. It knows the address of the files; here the variable for mirrors changes it. */
function install(
  args: readonly string[] = [],
  { env = {}, ...options }: Partial<RunOptions> = {},
): Promise<Ended> {
  return runHexuser([join(files.folder, "install.sh"), ...args], {
    machine,
    program: "dash",
    ...options,
    env: { HEXUSER_BASE_URL: server.url, ...env },
  });
}

/** A PATH with only these programs. */
function onlyPrograms(...names: readonly string[]): string {
  const folder = join(machine.home, `programs-${names.length}-${names.at(-1)}`);
  mkdirSync(folder);
  for (const name of names) {
    const { stdout } = spawnSync("/bin/sh", ["-c", 'command -v "$1"', "sh", name], { encoding: "utf8" });
    symlinkSync(stdout.trim(), join(folder, name));
  }
  return folder;
}

const basics = ["uname", "cat", "mkdir", "mktemp", "rm", "mv", "chmod", "tar", "gzip", "grep", "sha256sum"];

/** Whatever happened before, nothing unintended is installed. */
function expectNothingInstalled(): void {
  expect(existsSync(bin) ? readdirSync(bin) : []).toEqual([]);
}

describe("install.sh", () => {
  itOnLinux("installs without root, where it is asked to, and again over itself", async () => {
    const first = await install();
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toContain(`hexuser 1.2.3 is installed: ${bin}/hexuser`);
    expect(readdirSync(bin)).toEqual(["hexuser"]);
    expect(spawnSync(join(bin, "hexuser"), { encoding: "utf8" }).stdout).toBe("hexuser 1.2.3\n");
    await release("1.3.0");
    expect(await install()).toMatchObject({ code: 0, stderr: "" });
    expect(spawnSync(join(bin, "hexuser"), { encoding: "utf8" }).stdout).toBe("hexuser 1.3.0\n");
    expect(await install(["--to", "my programs"])).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(join(machine.home, "my programs"))).toEqual(["hexuser"]);
    expect(await install(["--help"])).toMatchObject({ code: 0, stderr: "" });
  });

  itOnLinux("says what to do about the PATH, and changes nothing", async () => {
    const path = machine.env.PATH ?? "";
    expect((await install([], { env: { SHELL: "/usr/bin/fish" } })).stdout).toContain("fish_add_path");
    expect((await install([], { env: { SHELL: "/bin/zsh" } })).stdout).toContain(">>~/.zshrc");
    const line = `echo 'export PATH="${bin}:$PATH"' >>`;
    const inBash = { SHELL: "/bin/bash" };
    expect((await install([], { env: inBash })).stdout).toContain(
      `${line}~/.bashrc\nthen start a new shell.`,
    );
    const onMac = { ...inBash, PATH: `${fakeUname("Darwin", "x86_64")}:${path}` };
    expect((await install([], { env: onMac })).stdout).toContain(`${line}~/.bash_profile\n`);
    writeFileSync(join(machine.home, ".profile"), "");
    expect((await install([], { env: onMac })).stdout).toContain(`${line}~/.profile\n`);
    rmSync(join(machine.home, ".profile"));
    expect((await install()).stdout).toContain(`${line}~/.profile\nthen sign in to the system anew.`);
    expect((await install([], { env: { PATH: `${bin}:${path}` } })).stdout).not.toContain("PATH");
    const other = join(machine.home, "other");
    mkdirSync(other);
    copyFileSync(join(bin, "hexuser"), join(other, "hexuser"));
    const { stdout } = await install([], { env: { PATH: `${other}:${bin}:${path}` } });
    expect(stdout).toContain(`Another hexuser comes before it in the PATH: ${other}/hexuser`);
    expect(readdirSync(machine.home).filter((name) => /profile|rc$/.test(name))).toEqual([]);
  });

  for (const shell of ["dash", "bash"]) {
    for (const downloader of ["curl", "wget"]) {
      itOnLinux(`works in ${shell} with ${downloader}, with and without xz`, async () => {
        for (const more of [[], ["xz"]]) {
          const env = { PATH: onlyPrograms(...basics, ...more, downloader) };
          expect(await install([], { env, program: `/bin/${shell}` })).toMatchObject({ code: 0, stderr: "" });
        }
        expect(server.requested.map((name) => name.split(".").at(-1))).toEqual(["gz", "xz"]);
      });
    }
  }

  itWith(
    linux,
    archivers,
    busybox,
  )("works where everything is busybox", async () => {
    const applets = join(machine.home, "applets");
    mkdirSync(applets);
    spawnSync("busybox", ["--install", "-s", applets]);
    expect(await install([], { env: { PATH: applets }, program: join(applets, "ash") })).toMatchObject({
      code: 0,
      stderr: "",
    });
  });

  itOnLinux("installs nothing that has another sum, and keeps what is there", async () => {
    for (const name of files.names.filter((one) => one.includes(".tar."))) {
      appendFileSync(join(files.folder, name), "x");
    }
    const { code, stderr } = await install();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: the sum of .* is not what it should be/);
    expectNothingInstalled();
    writeFileSync(join(bin, "hexuser"), "older");
    expect((await install()).code).toBe(1);
    expect(readFileSync(join(bin, "hexuser"), "utf8")).toBe("older");
    expect(readdirSync(bin)).toEqual(["hexuser"]);
  });

  itOnLinux("says so when the file or the server isn't there", async () => {
    for (const name of files.names.filter((one) => one.includes(".tar."))) {
      spawnSync("rm", [join(files.folder, name)]);
    }
    for (const downloader of ["curl", "wget"]) {
      const env = { PATH: onlyPrograms(...basics, downloader) };
      const { code, stderr } = await install(["--to", "elsewhere"], { env, program: "/bin/sh" });
      expect(code).toBe(1);
      expect(stderr).toContain("could not be downloaded.\nTo fix: ");
    }
    const gone = await install(["--to", "elsewhere"], { env: { HEXUSER_BASE_URL: "http://127.0.0.1:1" } });
    expect(gone).toMatchObject({ code: 1 });
    expect(readdirSync(join(machine.home, "elsewhere"))).toEqual([]);
  });

  itOnLinux("installs nothing when the download breaks off", async () => {
    server.breakOff();
    // wget repeats the download by itself.
    const { code, stderr } = await install([], {
      env: { PATH: onlyPrograms(...basics, "curl") },
      program: "/bin/sh",
    });
    expect(code).toBe(1);
    expect(stderr).toContain("could not be downloaded.\nTo fix: ");
    expectNothingInstalled();
  });

  itOnLinux("says so when a program that it needs is missing", async () => {
    const without = (name: string) => onlyPrograms(...basics.filter((one) => one !== name), "curl");
    const none = await install([], { env: { PATH: onlyPrograms(...basics) }, program: "/bin/sh" });
    expect(none.stderr).toContain("neither curl nor wget");
    const noSums = await install([], { env: { PATH: without("sha256sum") }, program: "/bin/sh" });
    expect(noSums.stderr).toContain("no program that makes sums");
    expect(noSums.code).toBe(1);
    expectNothingInstalled();
  });

  itOnLinux("says so when there is nothing for the system", async () => {
    const env = { PATH: `${fakeUname("FreeBSD", "amd64")}:${machine.env.PATH}` };
    const { code, stderr } = await install([], { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/there is no hexuser 1\.2\.3 for FreeBSD-x64\.\nTo fix: install Node 24/);
    expectNothingInstalled();
  });

  itOnLinux("finds the processor of a Mac", async () => {
    const env = { PATH: `${fakeUname("Darwin", "arm64")}:${machine.env.PATH}` };
    expect(await install([], { env })).toMatchObject({ code: 0 });
    expect(server.requested.at(-1)).toMatch(/^hexuser-1\.2\.3-darwin-arm64\.tar\./);
  });

  function fakeUname(system: string, processor: string): string {
    const folder = join(machine.home, `uname-${system}`);
    mkdirSync(folder);
    writeFileSync(
      join(folder, "uname"),
      `#!/bin/sh\nif [ "$1" = -s ]; then echo ${system}; else echo ${processor}; fi\n`,
    );
    chmodSync(join(folder, "uname"), 0o755);
    return folder;
  }

  itWith(
    linux,
    archivers,
    busybox,
    mountRights,
  )("says so on a system without glibc", async () => {
    const root = join(machine.home, "root");
    mkdirSync(join(root, "bin"), { recursive: true });
    copyFileSync(
      spawnSync("which", ["busybox"], { encoding: "utf8" }).stdout.trim(),
      join(root, "bin/busybox"),
    );
    copyFileSync(join(files.folder, "install.sh"), join(root, "install.sh"));
    const { code, stderr } = await runHexuser(
      [root, "/bin/busybox", "sh", "-c", "PATH=/bin; /bin/busybox --install -s /bin; HOME=/ sh /install.sh"],
      { machine, program: "chroot" },
    );
    expect(stderr).toMatch(/need glibc.*\nTo fix: .*npm install --global .*hexuser-1\.2\.3-npm\.tgz/);
    expect(code).toBe(1);
    expect(existsSync(join(root, ".local"))).toBe(false);
  });

  itOnLinux("installs no program that doesn't run", async () => {
    await release("1.2.4", "echo 'no such instruction' >&2; exit 132");
    const { code, stderr } = await install();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^no such instruction\nError: the program does not run on this system/);
    expectNothingInstalled();
  });

  itWith(
    linux,
    archivers,
    mountRights,
  )("leaves nothing on a disk that is full or doesn't allow programs", async () => {
    const disk = join(machine.home, "disk");
    mkdirSync(disk);
    const on = async (options: string) => {
      spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk]);
      try {
        const ended = await install(["--to", disk]);
        return { ...ended, left: readdirSync(disk) };
      } finally {
        spawnSync("umount", [disk]);
      }
    };
    const full = await on("size=16k");
    expect(full).toMatchObject({ code: 1, left: [] });
    expect(full.stderr).toContain("whether the disk is full");
    const still = await on("noexec");
    expect(still).toMatchObject({ code: 1, left: [] });
    expect(still.stderr).toContain("runs no programs");
  });

  itWith(
    linux,
    archivers,
    otherUserRights,
  )("says so if it can't write anything", async () => {
    mkdirSync(bin, { recursive: true });
    chmodSync(bin, 0o555);
    const { code, stderr } = await install([], { through: asOrdinaryUser });
    expect(code).toBe(1);
    expect(stderr).toContain("can't be written to.\nTo fix: give another directory");
    expectNothingInstalled();
  });

  itOnLinux("leaves nothing when it is interrupted", async () => {
    server.stall();
    const child = spawn("dash", [join(files.folder, "install.sh")], {
      env: { ...machine.env, HEXUSER_BASE_URL: server.url },
      cwd: machine.home,
      stdio: "ignore",
      // On a terminal, Ctrl-C goes to all processes of the command.
      detached: true,
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    await expect.poll(() => server.requested.length, { timeout: 20_000 }).toBe(1);
    process.kill(-(child.pid ?? 0), "SIGINT");
    expect(await ended).toBe(130);
    expectNothingInstalled();
  });

  for (const percent of [40, 75, 99]) {
    itOnLinux(`does nothing when ${percent} of a hundred bytes came`, async () => {
      const script = join(files.folder, "install.sh");
      truncateSync(script, Math.floor((readFileSync(script).length * percent) / 100));
      await install();
      expect(server.requested).toEqual([]);
      expectNothingInstalled();
    });
  }

  for (const args of [["--to"], ["--to", ""], ["--wrong"]]) {
    itOnLinux(`refuses ${JSON.stringify(args)}`, async () => {
      expect((await install(args)).code).toBe(2);
      expectNothingInstalled();
    });
  }
});
