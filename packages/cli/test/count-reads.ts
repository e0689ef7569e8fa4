// Makes Node write the path of each file that the program opens to descriptor 3.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { openSync } = fs;
Object.assign(fs, {
  openSync: (...args: Parameters<typeof openSync>) => {
    fs.writeSync(3, `${args[0]}\n`);
    return openSync(...args);
  },
});
syncBuiltinESMExports();
