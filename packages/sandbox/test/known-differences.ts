import type { RecordedAnswer } from "./recorded-differences.ts";

/** A way in which the sandbox knowingly differs from the real servers. */
export interface KnownDifference {
  readonly reason: string;
  /** Which exchanges it shows in. Each has to differ, in each kind that has it. */
  readonly exchanges: readonly string[];
  /**
   * What may differ: at least one of these fields does, and nothing else. `answer` where it is another answer
   * altogether, with another status.
   */
  readonly fields: readonly string[] | "answer";
}

/** Rows of the comparison with real servers to which the sandbox knowingly gives another answer. */
export const knownAnswers: readonly RecordedAnswer[] = [
  {
    title: "the sandbox makes no short URLs",
    method: "POST",
    path: "/api/short_url",
    as: "session",
    json: { url: "https://hex.pm" },
    status: 201,
  },
];

/** All of them. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    reason:
      "The sandbox speaks JSON alone: it answers 406 to those who want terms of Erlang or Elixir, which a client must not decode from the network anyway.",
    fields: "answer",
    exchanges: [
      "accept-vnd-hex-erlang",
      "accept-vnd-hex-elixir",
      "not-found-route-erlang",
      "me-key-erlang",
      "keys-create-erlang",
      "keys-list-erlang",
      "reset-erlang",
      "oauth-device-ok-erlang",
      "token-device-pending-erlang",
      "tfa-write-no-otp-erlang",
      "ratelimit-exceeded-ip-erlang",
    ],
  },
  {
    reason:
      "Under OAuth the servers describe someone's key that happens to have the token's number; so does the sandbox, but its numbers are others.",
    fields: ["body.name", "body.url", "body.permissions", "body.last_use", "body.revoke_at"],
    exchanges: ["tfa-delete-all-oauth"],
  },
];
