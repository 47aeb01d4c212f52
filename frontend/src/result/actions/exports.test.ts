import { describe, expect, it } from "vitest";

import type { AnalysisResult } from "@/api/schema";
import { completed, manipulated, unclear, weak } from "@/result/answers.fixture";

import { downloadName, mapName, mapsOf, resultJson, timelineCsv } from "./exports";

describe("timelineCsv", () => {
  it("has a line per frame and a column per person; who is not seen has an empty field, not 0", () => {
    const timeline: AnalysisResult["timeline"] = [
      { timestamp_ms: 0, scores: { A: 0.11, B: 0.91 } },
      { timestamp_ms: 500, scores: {} },
      { timestamp_ms: 1000, scores: { B: 0.8 } },
    ];
    expect(timelineCsv(manipulated({ timeline }))).toBe(
      "timestamp_ms,person_A,person_B\r\n0,0.11,0.91\r\n500,,\r\n1000,,0.8\r\n",
    );
  });

  it("withholds what the viewer withholds: the score of a marked face is the estimate that it has not", () => {
    const { media } = manipulated();
    const marked = { timestamp_ms: 0, box: [0, 0, 9, 9] } as unknown as AnalysisResult["marked"];
    const timeline = [{ timestamp_ms: 0, scores: { A: 0.36 } }];
    const csv = timelineCsv(unclear({ media, marked, timeline }));
    expect(csv).toBe("timestamp_ms,person_A\r\n0,\r\n");
  });
});

describe("resultJson", () => {
  it("is the server's answer, whole", () => {
    const answer = completed(weak());
    expect(JSON.parse(resultJson(answer))).toEqual(answer);
    expect(resultJson(answer)).toContain('"final_score": null');
  });
});

describe("names", () => {
  it("come from the upload's, without what file systems refuse", () => {
    expect(downloadName("clip.mp4", "timeline.csv")).toBe("clip-timeline.csv");
    expect(downloadName('a/b:"c".final.mov', "maps.zip")).toBe("a_b__c_.final-maps.zip");
    expect(downloadName(".mp4", "maps.zip")).toBe("result-maps.zip");
  });
});

describe("mapsOf", () => {
  it("lists the maps that are kept, with the time in a video", () => {
    const maps = mapsOf(manipulated());
    const moments = manipulated().top_k_suspicious;
    expect(maps.map(mapName)).toEqual(
      moments.map(({ rank, person }) => `map-${rank}-person-${person.toLowerCase()}.png`),
    );
    expect(maps[0]?.timeMs).toBe(moments[0]?.timestamp_ms);
  });

  it("has no times in a photo and leaves out maps that are not kept", () => {
    const { media, top_k_suspicious: moments } = manipulated();
    const photo = manipulated({
      media: { ...media, type: "image", duration_ms: 0 },
      top_k_suspicious: moments.map((moment) => ({
        ...moment,
        heatmap_overlay_url: moment.rank === 1 ? moment.heatmap_overlay_url : null,
      })),
    });
    expect(mapsOf(photo)).toMatchObject([{ rank: 1, timeMs: null }]);
  });
});
