import { describe, expect, it } from "vitest";

import { row } from "@/history/row.fixture";

import { toCsv } from "./csv";

const line = (...rows: Parameters<typeof row>) =>
  toCsv([row(...rows)], "https://here.example").split("\r\n")[1] ?? "";

describe("toCsv", () => {
  it("has a heading, a line each and ends with one", () => {
    const text = toCsv([row(), row({ id: "2" })], "https://here.example");
    const lines = text.split("\r\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^\uFEFFfile,type,state,verdict,estimated_probability,/);
    expect(lines[2]).toMatch(/,2,https:\/\/here\.example\/result\/\?id=2$/);
    expect(lines[3]).toBe("");
  });

  it("leaves what there is none of empty, never 0", () => {
    expect(line({ verdict: "inconclusive", estimate: null })).toContain("COMPLETED,inconclusive,,,2048,");
    expect(line({ estimate: 0.25 })).toContain("no_signs,0.25,");
  });

  it("carries what makes a figure one that can be checked", () => {
    const record = `0.05,0.2,0.69,1,below_threshold,tf_efficientnetv2_b0,1.3.0,${"ab".repeat(32)},1,https`;
    expect(line()).toContain(`,${record}`);
    expect(line({ verdict: "inconclusive", estimate: null, range: null })).toContain(",,,0.69,1,");
    expect(line({ reasons: ["too_blurred", "faces_too_small"] })).toContain(",too_blurred faces_too_small,");
  });

  it("has what the file says of itself", () => {
    const said = { signedRecord: "trusted", signedAi: "made", trace: "sd-parameters" };
    expect(line(said)).toContain(",trusted,made,sd-parameters,0.05,");
    expect(line()).toContain(",,,,0.05,");
  });

  it("quotes what would break a line", () => {
    expect(line({ name: 'a "b", c.jpg' })).toMatch(/^"a ""b"", c\.jpg",image/);
    expect(line({ name: "a\nb.jpg" })).toBe('"a\nb.jpg",' + line().split(",").slice(1).join(","));
  });

  it.each(["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])("makes a formula's start plain: %j", (name) => {
    expect(
      toCsv([row({ name })], "")
        .split("\n", 2)[1]
        ?.replace(/^"/, "")
        .startsWith("'"),
    ).toBe(true);
  });

  it("keeps names of every script", () => {
    expect(line({ name: "видео 影片 🙂.mp4" })).toMatch(/^видео 影片 🙂\.mp4,/);
  });
});
