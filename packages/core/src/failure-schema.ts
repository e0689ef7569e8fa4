// The schemas of failures, which are published and which commands don't check.
import { z } from "zod";
import { answerNames } from "./answers.ts";
import { failureCodes } from "./failure.ts";
import { lazily } from "./lazily.ts";

/**
 * Something that the operation lacks. The front end gets it from the person (an answer is asked for unseen
 * where it is secret; an input is a field of the operation's input), adds it, and executes again.
 * An `optional` need may be answered with `null`: the person declines, or nobody is there to ask.
 */
export const needSchema = lazily(() =>
  z.union([
    z.strictObject({
      answer: z.enum(answerNames()),
      because: z.enum(["missing", "wrong"]),
      optional: z.boolean().optional(),
      /** Which one, where there are several: for a local password, the registry. */
      for: z.string().optional(),
    }),
    z.strictObject({ input: z.string(), because: z.enum(["missing", "wrong"]) }),
  ]),
);

/** A failure as every front end gets it: what happened, and what to do next. */
export const failureSchema = lazily(() =>
  z
    .strictObject({
      code: z.enum(failureCodes),
      message: z.string(),
      hint: z.string().optional(),
      needs: z.array(needSchema()).optional(),
      details: z.record(z.string(), z.json()).optional(),
    })
    .meta({ id: "failure" }),
);
