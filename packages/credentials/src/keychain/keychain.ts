/** One item of a service. */
interface KeychainItem {
  readonly account: string;
  readonly password: string;
}

/** The interface of keytar, which is small and known: another library can be put under it. */
export interface Keychain {
  /** `null`: there is no such item. What could not be looked up is thrown. */
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  /** `false`: there was no such item. */
  deletePassword(service: string, account: string): Promise<boolean>;
  findCredentials(service: string): Promise<readonly KeychainItem[]>;
}

/** The names of its functions, which are also what the worker can be asked for. */
export const keychainMethods = [
  "getPassword",
  "setPassword",
  "deletePassword",
  "findCredentials",
] as const satisfies readonly (keyof Keychain)[];
