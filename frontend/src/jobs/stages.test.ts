import { describe, expect, test } from "vitest";

import { announcement, markOf, stageName, stepOf, STEPS } from "./stages";

describe("steps", () => {
  test("decoding, finding and scoring are one step, which never goes back", () => {
    const stages = [
      "validating",
      "frame_extraction",
      "face_detection",
      "inference",
      "face_detection",
    ] as const;
    const places = stages.map((stage) => STEPS.indexOf(stepOf(stage)));
    expect(places).toEqual([...places].sort());
  });

  test("what is before the present step is done, what is after is to come", () => {
    const marks = STEPS.map((step) => markOf(step, "inference", "PROCESSING"));
    expect(marks).toEqual(["done", "now", "next", "next", "next"]);
  });

  test("in the queue nothing has begun", () => {
    expect(markOf("validating", "validating", "QUEUED")).toBe("next");
    expect(stageName({ state: "QUEUED", stage: "validating", progress_percent: 0 })).toBe("queued");
  });
});

describe("announcements", () => {
  const at = (stage: "face_detection" | "inference" | "aggregation", progress_percent: number) =>
    ({ state: "PROCESSING", stage, progress_percent }) as const;

  test("the first moment and each new step are announced", () => {
    expect(announcement(null, at("face_detection", 3))).toEqual({ stage: "looking" });
    expect(announcement(at("face_detection", 30), at("inference", 45))).toBeNull();
    expect(announcement(at("inference", 55), at("aggregation", 80))).toEqual({ stage: "aggregation" });
  });

  test("within a step each quarter is announced once", () => {
    expect(announcement(at("inference", 40), at("inference", 49))).toBeNull();
    expect(announcement(at("inference", 49), at("inference", 50))).toEqual({ percent: 50 });
    expect(announcement(at("inference", 10), at("inference", 80))).toEqual({ percent: 75 });
    expect(announcement(at("inference", 80), at("inference", 100))).toBeNull();
  });
});
