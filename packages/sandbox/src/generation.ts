/** The registry servers that the sandbox can imitate. */
export const generationNames = ["classic-2021", "classic-2026", "current", "current-basic-off"] as const;

/** The name of a registry server. */
export type GenerationName = (typeof generationNames)[number];

/** The differences between the registry servers; each difference is a field. */
export interface Generation {
  readonly name: GenerationName;
  /** The media type of every JSON answer. */
  readonly jsonType: "application/vnd.hex+json" | "application/json";
  /** Answers are compressed for clients that accept gzip. */
  readonly compresses: boolean;
  /** `Location` is a whole URL, and names the key as it was asked for in the request, not as the server created it. */
  readonly absoluteLocation: boolean;
  /** The index contains the address for retiring packages. */
  readonly indexListsRetirement: boolean;
  /** The rate limit also counts requests to the index, not only those below it. */
  readonly throttlesIndex: boolean;
  readonly passwordMinimum: number;
  /** An account cannot be made without a password. */
  readonly passwordRequired: boolean;
  readonly basicAuth: boolean;
  /** Basic credentials without a colon are a server error instead of a 401. */
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
  /** Making an organization key for someone else's repository is a server error. */
  readonly foreignRepositoryKeyFails: boolean;
  /** `GET /auth` describes the key instead of answering 204. */
  readonly authDescribesKey: boolean;
  /** `GET /auth` is a server error under Basic, and for a domain that it does not know. */
  readonly authFailsOnUnknown: boolean;
  /** `GET /auth?domain=api` is granted to a key that may only read. */
  readonly readKeyPassesApi: boolean;
  /** Text that the database can't hold (a null byte, a path that is no UTF-8) is a server error instead of a 400. */
  readonly unstorableTextFails: boolean;
  /** A list of keys is ordered by name; otherwise a key that was used last comes last. */
  readonly sortsKeys: boolean;
  /** Organizations of others do not exist (404), instead of being refused (403, 401). */
  readonly hidesOrganizations: boolean;
  /** Listing organizations with an organization's key is a server error. */
  readonly organizationKeyListingFails: boolean;
  readonly organizationSeats: number | null;
}

const current: Generation = {
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

/** All servers by name. */
export const generations: Readonly<Record<GenerationName, Generation>> = {
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
