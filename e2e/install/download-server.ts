import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";

/** A server for downloads, with its possible failures. */
export interface DownloadServer {
  readonly url: string;
  /** The names of the requested files. */
  readonly requested: readonly string[];
  /** Sends a correct beginning, and then nothing more. */
  stall(): void;
  /** Sends a correct beginning, and then closes the connection. */
  breakOff(): void;
  close(): Promise<void>;
}

/** Serves the files of a folder on a port of this machine. */
export async function serveFolder(folder: string): Promise<DownloadServer> {
  const requested: string[] = [];
  let fault: "none" | "stalls" | "breaks off" = "none";
  const server = createServer((request, response) => {
    const name = basename(request.url ?? "");
    requested.push(name);
    const file = join(folder, name);
    if (!existsSync(file)) {
      response.writeHead(404).end();
    } else if (fault !== "none") {
      response.writeHead(200, { "content-length": "1000000" });
      response.write("some bytes", () => {
        if (fault === "breaks off") response.destroy();
      });
    } else {
      createReadStream(file).pipe(response.writeHead(200));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/files`,
    requested,
    stall: () => {
      fault = "stalls";
    },
    breakOff: () => {
      fault = "breaks off";
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
