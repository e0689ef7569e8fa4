/** The kinds of registries that the sandbox can imitate: two classic registries and two current ones. */
export const registryKinds = ["classic-2021", "classic-2026", "current", "current-basic-off"] as const;

/** The name of a kind of registry. */
export type RegistryKind = (typeof registryKinds)[number];

/** The differences between the kinds of registries, a field for each. */
export interface Behavior {
  readonly name: RegistryKind;
  /** The media type of every JSON answer. */
  readonly jsonType: "application/vnd.hex+json" | "application/json";
  /** Answers are compressed for clients that accept gzip. */
  readonly compresses: boolean;
  /** `Location` is a whole URL and contains the name from the request, even if the server changed it. */
  readonly absoluteLocation: boolean;
  /** The index contains the address for retiring packages. */
  readonly indexListsRetirement: boolean;
  /** The rate limit also counts requests to the index, not only those below it. */
  readonly throttlesIndex: boolean;
  readonly passwordMinimum: number;
  /** An account needs a password. */
  readonly passwordRequired: boolean;
  readonly basicAuth: boolean;
  /** Basic credentials without a colon get a server error instead of a 401. */
  readonly basicWithoutColonFails: boolean;
  /** `POST /users/:name/reset` exists. */
  readonly resetEndpoint: boolean;
  readonly oauth: boolean;
  /** Accounts and organizations have an audit log in the API. */
  readonly auditLogs: boolean;
  /** The field for a key's expiry; a client can set only `revoke_at`. */
  readonly keyEnd: "revoked_at" | "revoke_at";
  /** Keys can be limited to a package. */
  readonly packagePermissions: boolean;
  /** A request for an organization's key for someone else's repository gets a server error. */
  readonly foreignRepositoryKeyFails: boolean;
  /** `GET /auth` describes the key instead of answering 204. */
  readonly authDescribesKey: boolean;
  /** `GET /auth` answers with a server error under Basic, and for an unknown domain. */
  readonly authFailsOnUnknown: boolean;
  /** `GET /auth?domain=api` accepts a key that may only read. */
  readonly readKeyPassesApi: boolean;
  /** Text that the database can't store (a null byte, a path that isn't UTF-8) gets a server error instead of a 400. */
  readonly unstorableTextFails: boolean;
  /** The list of keys is sorted by name; otherwise the key that was used last comes last. */
  readonly sortsKeys: boolean;
  /** A request for an organization of others gets a 404 instead of a 403 or 401. */
  readonly hidesOrganizations: boolean;
  /** A request for the list of organizations with an organization's key gets a server error. */
  readonly organizationKeyListingFails: boolean;
  readonly organizationSeats: number | null;
}

const current: Behavior = {
  name: "current",
  jsonType: "application/json",
  compresses: true,
  absoluteLocation: false,
  indexListsRetirement: true,
  throttlesIndex: false,
  passwordMinimum: 8,
  passwordRequired: false,
  basicAuth: true,
  basicWithoutColonFails: false,
  resetEndpoint: false,
  oauth: true,
  auditLogs: true,
  keyEnd: "revoke_at",
  packagePermissions: true,
  foreignRepositoryKeyFails: true,
  authDescribesKey: true,
  authFailsOnUnknown: false,
  readKeyPassesApi: true,
  unstorableTextFails: false,
  sortsKeys: true,
  hidesOrganizations: true,
  organizationKeyListingFails: false,
  organizationSeats: 100,
};

/** The behavior of each kind of registry. */
export const behaviors: Readonly<Record<RegistryKind, Behavior>> = {
  current,
  "current-basic-off": { ...current, name: "current-basic-off", basicAuth: false },
  "classic-2026": {
    ...current,
    name: "classic-2026",
    resetEndpoint: true,
    authDescribesKey: false,
    sortsKeys: false,
    organizationSeats: 1,
  },
  "classic-2021": {
    name: "classic-2021",
    jsonType: "application/vnd.hex+json",
    compresses: false,
    absoluteLocation: true,
    indexListsRetirement: false,
    throttlesIndex: true,
    passwordMinimum: 7,
    passwordRequired: true,
    basicAuth: true,
    basicWithoutColonFails: true,
    resetEndpoint: true,
    oauth: false,
    auditLogs: false,
    keyEnd: "revoked_at",
    packagePermissions: false,
    foreignRepositoryKeyFails: false,
    authDescribesKey: false,
    authFailsOnUnknown: true,
    readKeyPassesApi: false,
    unstorableTextFails: true,
    sortsKeys: false,
    hidesOrganizations: false,
    organizationKeyListingFails: true,
    organizationSeats: null,
  },
};
