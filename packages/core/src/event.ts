/** What an operation tells while it runs. One way: nothing comes back. Text from a server is not escaped yet. */
export type Event =
  /** The person has to enter this code at this address. `expiresIn` in seconds. */
  | {
      readonly type: "device_code";
      readonly userCode: string;
      readonly verificationUri: string;
      readonly verificationUriComplete: string;
      readonly expiresIn: number;
    }
  /** Still waiting for the person's approval; `secondsLeft` until the code expires. */
  | { readonly type: "device_pending"; readonly secondsLeft: number }
  /** A page that the person should visit. */
  | { readonly type: "open_page"; readonly url: string; readonly why: string }
  /** A request is repeated after a pause of `seconds`. */
  | { readonly type: "retry"; readonly why: string; readonly seconds: number }
  /** `x-hex-message` of the registry. */
  | { readonly type: "registry_message"; readonly level: "warn" | "fatal"; readonly text: string }
  /** Something the person should know, though nothing failed. */
  | { readonly type: "notice"; readonly message: string }
  | { readonly type: "warning"; readonly message: string };

export type Emit = (event: Event) => void;
