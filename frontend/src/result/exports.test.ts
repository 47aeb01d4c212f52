import { describe, expect, it } from "vitest";

import { completed, manipulated, weak } from "./answers.fixture";
import { downloadName, mapName, mapsOf, resultJson, timelineCsv } from "./exports";

describe("timelineCsv", () => {
  it("has a line per frame and a column per person; who is not seen has an empty field, not 0", () => {
    expect(timelineCsv(manipulated())).toBe(
      "timestamp_ms,person_A,person_B\r\n0,0.11,0.91\r\n500,,\r\n1000,,0.8\r\n",
    );
  });

  it("leaves a score of null empty", () => {
    const timeline = [{ timestamp_ms: 0, scores: { B: null } }];
    expect(timelineCsv(manipulated({ timeline }))).toContain("\r\n0,,\r\n");
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
    expect(maps.map(mapName)).toEqual(["map-1-person-b.png", "map-2-person-a.png"]);
    expect(maps[0]?.timeMs).toBe(2000);
  });

  it("has no times in a photo and leaves out maps that are not kept", () => {
    const { media, top_k_suspicious: moments } = manipulated();
    const photo = manipulated({
      media: media && { ...media, type: "image", duration_ms: 0 },
      top_k_suspicious: moments.map((moment) => ({
        ...moment,
        heatmap_overlay_url: moment.rank === 1 ? moment.heatmap_overlay_url : null,
      })),
    });
    expect(mapsOf(photo)).toMatchObject([{ rank: 1, timeMs: null }]);
  });
});
