import type { Mention } from "@hexuser/core";
import { nameMention } from "../argv/phrase-hint.ts";
import type { Tool } from "./tools.ts";

/** Names something for a model: a tool that it has, or what the person can do outside of the conversation. */
export function nameTool(mention: Mention, tools: readonly Tool[]): string {
  if ("field" in mention) return `the argument \`${mention.field}\``;
  if ("option" in mention) return `${nameMention(mention)} of \`hexuser mcp\``;
  if ("answer" in mention) return `“${mention.answer}” in the file that --secrets-from names`;
  const { call, about, given = {} } = mention;
  const tool = tools.find(({ operation }) => operation.id === call);
  const takesAll = Object.keys(given).every((name) => tool?.takes.shape[name] !== undefined);
  if (tool === undefined || about !== undefined || !takesAll) return `${nameMention(mention)} in a terminal`;
  const args = Object.keys(given).length === 0 ? "" : ` with ${JSON.stringify(given)}`;
  return `the tool \`${tool.name}\`${args}`;
}
