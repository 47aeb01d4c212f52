import { describe, expect, it } from "vitest";

import { earlier, manipulated } from "@/result/answers.fixture";

import { personTrace, traceOf } from "@/ui/trace";

describe("traces", () => {
  it("are of the file and of each person who is flagged as well", () => {
    const result = manipulated({ trace: "generation" });
    expect(traceOf(result)).toBe("generation");
    expect(personTrace(result, "A")).toBe("blending");
    expect(personTrace(result, "B")).toBeNull();
  });

  it("are not claimed of a file that is not flagged, whatever its people are", () => {
    const result = manipulated({ verdict: "no_signs", confidence_label: "not_flagged" });
    expect(traceOf(result)).toBeNull();
    expect(personTrace(result, "A")).toBeNull();
  });

  it("are not known in results of earlier releases", () => {
    expect(traceOf({ ...earlier(), verdict: "manipulated" })).toBeNull();
    expect(personTrace({ ...earlier(), verdict: "manipulated" }, "A")).toBeNull();
  });
});
