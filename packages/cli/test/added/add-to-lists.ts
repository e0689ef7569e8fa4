// Makes Node add the operation to the program's list, and to the files that the build makes from that list. The
// program's own files stay unchanged.
import { registerHooks } from "node:module";

const here = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
const load = `import { noteAdd } from ${here("./note-add.ts")};`;

const additions: readonly (readonly [file: RegExp, change: (source: string) => string])[] = [
  [
    /\/cli\/(dist|src)\/operations\/index\.[jt]s$/,
    (source) => `${source}\n${load}\noperations.push(noteAdd);`,
  ],
  [
    /\/cli\/(dist|src)\/program\/commands\.generated\.[jt]s$/,
    (source) => `${source}\n${load}\nloadCommand["note add"] = async () => noteAdd;`,
  ],
  [
    /\/cli\/(dist|src)\/argv\/command-names\.generated\.[jt]s$/,
    (source) => `${source}\ncommandNames.push("note add");`,
  ],
  [
    /\/cli\/dist\/program\/help\.generated\.js$/,
    () =>
      `import { helpTexts } from ${here("../../build/help-text.ts")};\nexport const help = await helpTexts();`,
  ],
  [
    /\/cli\/dist\/completion\/completion\.generated\.js$/,
    () =>
      `import { completionTable as make } from ${here("../../build/completion-table.ts")};\n${load}\nexport const completionTable = () => make([noteAdd], {});`,
  ],
];

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const change = additions.find(([file]) => file.test(url))?.[1];
    return change === undefined ? loaded : { ...loaded, source: change(String(loaded.source)) };
  },
});
