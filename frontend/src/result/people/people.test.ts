import { describe, expect, it } from "vitest";

import { earlier, manipulated, weak } from "@/result/answers.fixture";

import { personRows } from "./people";

describe("personRows", () => {
  it("keeps the server's order and gives everybody the server's verdict about them", () => {
    const [a, b] = personRows(manipulated());
    expect(a).toMatchObject({
      person: "A",
      deciding: true,
      verdict: { verdict: "manipulated", label: manipulated().confidence_label },
      estimate: manipulated().final_score,
    });
    expect(b).toMatchObject({
      person: "B",
      deciding: false,
      verdict: { verdict: "no_signs", label: "not_flagged" },
      estimate: manipulated().tracks[1]?.final_score,
      notes: [],
    });
  });

  it("makes up no verdict where an earlier release gave none, but shows its estimate", () => {
    const [a, b] = personRows(earlier());
    expect(a?.verdict).toEqual({ verdict: "manipulated", label: "signs" });
    expect(b?.verdict).toBeNull();
    expect(b?.estimate).toBe(earlier().tracks[1]?.probability);
  });

  it("says what is weak about a person, and gives no estimate for it", () => {
    const [row] = personRows(weak());
    expect(row?.estimate).toBeNull();
    expect(row?.notes).toEqual(weak().reasons.map(({ code }) => code));
  });

  it("finds the top moment and the face's usual size", () => {
    const [track] = manipulated().tracks;
    const [row] = personRows(manipulated());
    const highest = track?.faces.find(
      ({ logit }) => logit === Math.max(...track.faces.map((one) => one.logit)),
    );
    expect(row).toMatchObject({ topMs: highest?.timestamp_ms, usableFrames: track?.frames });
    const sizes = track?.faces.map((face) => face.size_px).sort((one, other) => one - other) ?? [];
    expect(row?.medianFacePx).toBeCloseTo(((sizes[3] ?? NaN) + (sizes[4] ?? NaN)) / 2);
  });
});
