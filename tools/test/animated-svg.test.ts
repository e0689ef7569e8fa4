import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createStyledScreen } from "../../e2e/wizard/styled-rows.ts";
import { type Frame, toAnimatedSvg } from "../animated-svg.ts";
import { workspaceRoot } from "../workspace.ts";

describe("an animated picture of a terminal", () => {
  it("has each row once while it stays, and escapes markup", async () => {
    const screen = createStyledScreen(40, 4);
    const frames: Frame[] = [];
    for (const [index, text] of ["a <b> & c\r\n", "\u001b[31mred\u001b[0m", "\r\u001b[2Kdone"].entries()) {
      await screen.write(text);
      frames.push({ time: index, rows: screen.rows() });
    }
    const svg = toAnimatedSvg(frames, { title: "T", columns: 40, visibleRows: 4, hold: 1 });
    expect(svg.match(/<text /g)).toHaveLength(3);
    expect(svg).toContain("a &lt;b&gt; &amp; c</tspan>");
    expect(svg).toContain('class="c1">red</tspan>');
    expect(svg).toContain("prefers-reduced-motion");
    expect(svg).not.toContain("<script");
  });

  it("of the registration is in the README and reveals nothing about the machine", () => {
    const svg = readFileSync(`${workspaceRoot}/docs/registration.svg`, "utf8");
    expect(svg).toContain("You are signed in as ada.");
    expect(svg).not.toMatch(/hexuser-e2e|\/tmp\/|analytical/);
    expect(readFileSync(`${workspaceRoot}/README.md`, "utf8")).toContain("docs/registration.svg");
  });
});
