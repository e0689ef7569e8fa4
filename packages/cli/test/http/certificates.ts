import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificates {
  /** The certificate of the authority that issued the others. */
  readonly caPath: string;
  readonly emptyPath: string;
  readonly good: KeyPair;
  readonly expired: KeyPair;
  readonly otherHost: KeyPair;
  readonly selfSigned: KeyPair;
  remove(): void;
}

interface KeyPair {
  readonly key: Buffer;
  readonly cert: Buffer;
  readonly certPath: string;
}

/** Makes an authority and its certificates, with the `openssl` command, in a directory of its own. */
export function makeCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), "hexuser-certificates-"));
  const at = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });
  const makeKey = (name: string) =>
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", `${name}.key`);
  const selfSign = (name: string, subject: string, extensions: string[]) => {
    makeKey(name);
    const added = extensions.flatMap((extension) => ["-addext", extension]);
    openssl(
      ...["req", "-x509", "-new", "-key", `${name}.key`, "-subj", subject, "-days", "2"],
      ...["-out", `${name}.pem`, ...added],
    );
  };
  const issue = (name: string, alternatives: string, days: string) => {
    makeKey(name);
    openssl("req", "-new", "-key", `${name}.key`, "-subj", `/CN=${name}`, "-out", `${name}.csr`);
    writeFileSync(at(`${name}.ext`), `subjectAltName=${alternatives}\n`);
    openssl(
      ...["x509", "-req", "-in", `${name}.csr`, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
      ...["-days", days, "-extfile", `${name}.ext`, "-out", `${name}.pem`],
    );
  };
  const pair = (name: string) => ({
    key: readFileSync(at(`${name}.key`)),
    cert: readFileSync(at(`${name}.pem`)),
    certPath: at(`${name}.pem`),
  });

  selfSign("ca", "/CN=Test authority", []);
  selfSign("self", "/CN=localhost", ["subjectAltName=DNS:localhost,IP:127.0.0.1"]);
  issue("good", "DNS:localhost,IP:127.0.0.1", "2");
  issue("expired", "DNS:localhost,IP:127.0.0.1", "-1");
  issue("other", "DNS:elsewhere.example", "2");
  writeFileSync(at("empty.pem"), "no certificate at all\n");

  return {
    caPath: at("ca.pem"),
    emptyPath: at("empty.pem"),
    good: pair("good"),
    expired: pair("expired"),
    otherHost: pair("other"),
    selfSigned: pair("self"),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
