import { describe, expect, test } from "vitest";

import { announcement, markOf, stageName, stagesOf } from "./stages";

describe("stages", () => {
  test("a picture has no frames to pick", () => {
    expect(stagesOf("video")).toContain("frame_extraction");
    expect(stagesOf("image")).not.toContain("frame_extraction");
  });

  test("what is before the present stage is done, what is after is to come", () => {
    const marks = stagesOf("video").map((stage) => markOf(stage, "inference", "PROCESSING"));
    expect(marks).toEqual(["done", "done", "done", "now", "next", "next", "next"]);
  });

  test("in the queue nothing has begun", () => {
    expect(markOf("validating", "validating", "QUEUED")).toBe("next");
    expect(stageName({ state: "QUEUED", stage: "validating", progress_percent: 0 })).toBe("queued");
  });
});

describe("announcements", () => {
  const at = (stage: "face_detection" | "inference", progress_percent: number) =>
    ({ state: "PROCESSING", stage, progress_percent }) as const;

  test("the first moment and each new stage are announced", () => {
    expect(announcement(null, at("face_detection", 3))).toEqual({ stage: "face_detection" });
    expect(announcement(at("face_detection", 30), at("inference", 55))).toEqual({ stage: "inference" });
  });

  test("within a stage each quarter is announced once", () => {
    expect(announcement(at("inference", 40), at("inference", 49))).toBeNull();
    expect(announcement(at("inference", 49), at("inference", 50))).toEqual({ percent: 50 });
    expect(announcement(at("inference", 10), at("inference", 80))).toEqual({ percent: 75 });
    expect(announcement(at("inference", 80), at("inference", 100))).toBeNull();
  });
});
