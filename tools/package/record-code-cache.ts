// Started as a process of its own, on the Node that will be inside: runs commands, and writes down what the compiler
// made of the program meanwhile. Arguments: the program, the file to write, the commands as JSON.
import { readFileSync, writeFileSync } from "node:fs";
import { Script } from "node:vm";

type PackedProgram = typeof import("../../packages/cli/src/packed/program.ts");

const [program = "", output = "", commands = "[]"] = process.argv.slice(2);
const script = new Script(readFileSync(program, "latin1"), { filename: "hexuser" });
type Load = (require: (id: string) => unknown, module: { exports: Partial<PackedProgram> }) => void;
const module: { exports: Partial<PackedProgram> } = { exports: {} };
(script.runInThisContext() as Load)((id) => process.getBuiltinModule(id), module);
const reallyExit = process.exit;

for (const args of JSON.parse(commands) as string[][]) {
  const ended = Promise.withResolvers<void>();
  process.exit = (code) => {
    if (code === 0) ended.resolve();
    else ended.reject(new Error(`hexuser ${args.join(" ")} ended with exit code ${code}.`));
    return undefined as never;
  };
  await module.exports.run?.(args, { signal: new AbortController().signal });
  await ended.promise;
}
writeFileSync(output, script.createCachedData());
reallyExit(0);
