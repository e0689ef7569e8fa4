import { execFile } from "node:child_process";
import type http from "node:http";
import type { ServerOptions } from "node:https";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Certificates, makeCertificates } from "./http/certificates.ts";
import { failureOf, send } from "./http/requests.ts";
import { closeServers, serveHttp, serveHttps, serveRaw } from "./http/servers.ts";

afterEach(closeServers);

const run = promisify(execFile);
const transportUrl = new URL("../src/http/http-transport.ts", import.meta.url).href;

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

const answer: http.RequestListener = (_request, response) => response.end("secure");

describe("TLS", () => {
  it("trusts the certificates in the file", async () => {
    const port = await serveHttps(certificates.good, answer);
    const options = { cacertsPath: certificates.caPath };
    expect((await send(`https://localhost:${port}/`, {}, options)).body).toBe("secure");
    expect((await send(`https://127.0.0.1:${port}/`, {}, options)).body).toBe("secure");
  });

  it("trusts a server's own certificate in the file", async () => {
    const port = await serveHttps(certificates.selfSigned, answer);
    const options = { cacertsPath: certificates.selfSigned.certPath };
    expect((await send(`https://localhost:${port}/`, {}, options)).body).toBe("secure");
    const other = await serveHttps(certificates.good, answer);
    expect((await failureOf(`https://localhost:${other}`, {}, options)).kind).toBe("tls");
  });

  it("trusts a certificate in the file without the one that issued it", async () => {
    const port = await serveHttps(certificates.good, answer);
    const options = { cacertsPath: certificates.good.certPath };
    expect((await send(`https://localhost:${port}/`, {}, options)).body).toBe("secure");
  });

  it.each([
    ["selfSigned", false, "it is self-signed"],
    ["good", false, "its issuer is not known here"],
    ["expired", true, "it has expired"],
    ["otherHost", true, "it was made for another host name"],
  ] as const)("refuses the certificate: %s", async (which, withAuthority, reason) => {
    const port = await serveHttps(certificates[which], answer);
    const options = withAuthority ? { cacertsPath: certificates.caPath } : {};
    expect(await failureOf(`https://localhost:${port}`, {}, options)).toEqual({
      kind: "tls",
      message: `the certificate of https://localhost:${port} was not accepted: ${reason}`,
    });
  });

  it("trusts the system's authority for all requests that begin at once", async () => {
    const port = await serveHttps(certificates.good, answer);
    // A process reads the system's store once, and OpenSSL takes its file from the environment.
    const script = `
      const { createHttpTransport } = await import(${JSON.stringify(transportUrl)});
      const send = createHttpTransport();
      const request = { method: "POST", url: "https://localhost:${port}/", headers: {}, timeout: 20_000 };
      const all = await Promise.all(Array.from({ length: 12 }, () => send(request)));
      console.log(all.map(({ body }) => body).join());
    `;
    const env = { ...process.env, SSL_CERT_FILE: certificates.caPath, NODE_OPTIONS: "" };
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { env });
    expect(stdout.trim().split(",")).toEqual(Array.from({ length: 12 }, () => "secure"));
  });

  it("accepts all of them if the person asked for that", async () => {
    for (const which of ["selfSigned", "expired", "otherHost"] as const) {
      const port = await serveHttps(certificates[which], answer);
      expect((await send(`https://localhost:${port}/`, {}, { unsafeHttps: true })).body).toBe("secure");
    }
  });

  it("explains a mistake in the file of certificates", async () => {
    const missing = `${certificates.caPath}.missing`;
    expect(await failureOf("https://localhost:1", {}, { cacertsPath: missing })).toEqual({
      kind: "tls",
      message: `could not use the certificates in ${missing}: there is no such file`,
    });
    expect(await failureOf("https://localhost:1", {}, { cacertsPath: certificates.emptyPath })).toEqual({
      kind: "tls",
      message: `could not use the certificates in ${certificates.emptyPath}: there is no PEM certificate in it`,
    });
  });

  it("reports a server that speaks plain http", async () => {
    const port = await serveHttp(answer);
    expect(await failureOf(`https://localhost:${port}`)).toEqual({
      kind: "tls",
      message: `https://localhost:${port} does not speak TLS; is it an http address?`,
    });
  });

  it("gives the reason if no common version of TLS exists", async () => {
    const old = {
      ...certificates.good,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    };
    const port = await serveHttps(old as ServerOptions, answer);
    expect(await failureOf(`https://localhost:${port}`)).toEqual({
      kind: "tls",
      message: `could not make a secure connection to https://localhost:${port}: tlsv1 alert protocol version`,
    });
  });

  it("reports a connection that ended during the handshake", async () => {
    const port = await serveRaw((socket) => socket.destroy());
    expect((await failureOf(`https://localhost:${port}`)).kind).toBe("dropped");
  });
});
