import { defineOperation } from "@hexuser/core";
import { z } from "zod";

/** An operation that hexuser doesn't have. No other file knows it. */
export const noteAdd = defineOperation({
  id: "note.add",
  summary: "Add a note",
  description: "Adds a note to the list of notes.",
  examples: [{ means: "Add a note that stays on top", input: { text: "buy milk", isPinned: true } }],
  effect: "write",
  input: z.strictObject({
    text: z.string({ error: "is missing" }).min(1).describe("What the note says").meta({ arg: true }),
    isPinned: z.boolean().optional().describe("Keep the note on top"),
    colour: z.enum(["red", "green"]).optional().describe("The colour of the note"),
  }),
  answers: [],
  output: z.strictObject({ text: z.string(), isPinned: z.boolean() }),
  reach: "machine",
  show: ({ text, isPinned }) => ({
    list: {
      columns: [{ title: "Note" }, { title: "Pinned" }],
      rows: [[text, isPinned ? "yes" : "no"]],
    },
    notices: ["The note was added."],
  }),
  run: async ({ text, isPinned = false }) => ({ text, isPinned }),
});
