import type { z } from "zod";
import { shortText } from "../schema/typed-text.ts";

/**
 * The owner of the keys on which an operation works. One function of the holder makes each key operation: `key.list`
 * and `organization.key.list` come from one function in one file, and differ only in these words and the first
 * argument.
 */
export interface KeyHolder {
  /** The beginning of the operation's id. */
  readonly prefix: string;
  /** Returns the words of a command about these keys, from those about the account's keys. */
  command(words: string): string;
  /** The fields of the input that name the holder. */
  readonly fields: HolderFields;
  /** The same fields in an example. */
  readonly example: { readonly organization?: string };
  /** Words for texts: “the keys of …”. */
  readonly whose: string;
  /** The same for a description, which also mentions the keys of organizations. */
  readonly whoseInFull: string;
  readonly noun: string;
  /** Tells whose a new key will be. */
  readonly newKey: string;
}

/** The account has no such field, so the input's `organization` is undefined. */
interface HolderFields {
  readonly organization: z.ZodOptional<z.ZodString>;
}

/** The account that signs, or the organization whose key signs. */
export const accountHolder: KeyHolder = {
  prefix: "",
  command: (words) => words,
  fields: {} as HolderFields,
  example: {},
  whose: "your account",
  whoseInFull: "your account, or of the organization whose key signs the request",
  noun: "account",
  newKey: "If an organization's key signs the request, the new key belongs to the organization.",
};

/** The organization that the call names. */
export const organizationHolder: KeyHolder = {
  prefix: "organization.",
  command: (words) => `organization ${words}`,
  fields: {
    organization: shortText(255).describe("The organization's name").meta({
      title: "Organization",
      arg: true,
      completes: "organization",
    }) as unknown as HolderFields["organization"],
  },
  example: { organization: "acme" },
  whose: "an organization",
  whoseInFull: "an organization that you are a member of, or whose key signs the request",
  noun: "organization",
  newKey: "The key belongs to the organization, so it outlives your membership.",
};
