/** What a registry can do, as far as its answers have told. */
export interface RegistryTraits {
  /** It gives sessions by the device flow. */
  readonly oauth?: boolean | undefined;
  /** It takes account passwords. */
  readonly basic?: boolean | undefined;
}

/**
 * What earlier answers of the registry in use have taught. A cache that may forget at any time and never fails:
 * it saves requests and questions, and an answer that contradicts it wins.
 */
export interface RegistryMemory {
  recall(): Promise<RegistryTraits>;
  learn(traits: RegistryTraits): Promise<void>;
}
