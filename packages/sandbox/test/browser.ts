import type { Answer } from "./send-request.ts";
import { sendRequest } from "./send-request.ts";

/** A page, and the path that it was found at after redirects. */
export interface Page {
  readonly path: string;
  readonly status: number;
  readonly html: string;
  readonly headers: Answer["headers"];
  /** The hidden fields of its form. */
  readonly hidden: Readonly<Record<string, string>>;
}

/** As much of a browser as the pages need: cookies, redirects and forms. */
export interface Browser {
  open(path: string): Promise<Page>;
  /** Sends a form; fields with several values are given as a list. */
  submit(path: string, fields: Readonly<Record<string, string | readonly string[]>>): Promise<Page>;
  /** The cookies as a server would get them. */
  cookies(): string;
}

/** Opens a browser with no cookies. */
export function openBrowser(siteUrl: string): Browser {
  const jar = new Map<string, string>();
  const cookies = () => [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  const visit = async (method: string, path: string, body?: string): Promise<Page> => {
    const headers: Record<string, string> = { cookie: cookies(), accept: "text/html" };
    if (body !== undefined) {
      headers["content-type"] = "application/x-www-form-urlencoded";
      headers.origin = siteUrl;
    }
    const answer = await sendRequest(method, siteUrl + path, headers, body);
    for (const line of answer.headers["set-cookie"] ?? []) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) {
        jar.delete(name);
      } else {
        jar.set(name, value);
      }
    }
    return answer.headers.location === undefined
      ? {
          path,
          status: answer.status,
          html: answer.text,
          headers: answer.headers,
          hidden: hiddenFields(answer.text),
        }
      : visit("GET", answer.headers.location);
  };
  return {
    open: (path) => visit("GET", path),
    submit: (path, fields) => {
      const pairs = Object.entries(fields).flatMap(([name, value]) =>
        (typeof value === "string" ? [value] : value).map((one) => [name, one]),
      );
      return visit("POST", path, new URLSearchParams(pairs).toString());
    },
    cookies,
  };
}

/** Signs in with a password; two-factor accounts are asked for a code next. */
export function signIn(browser: Browser, username: string, password = "hunter42x"): Promise<Page> {
  return browser.submit("/login", { username, password });
}

function hiddenFields(html: string): Record<string, string> {
  const fields = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
  return Object.fromEntries([...fields].map(([, name = "", value = ""]) => [name, decodeEntities(value)]));
}

function decodeEntities(text: string): string {
  const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
  return text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? "");
}
