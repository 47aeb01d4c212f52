import { describe, expect, it } from "vitest";

import { manipulated, weak } from "./answers.fixture";
import { personRows } from "./people";

describe("personRows", () => {
  it("keeps the server's order and gives the file's verdict to the person it follows", () => {
    const [b, a] = personRows(manipulated());
    expect(b).toMatchObject({
      person: "B",
      deciding: true,
      verdict: { verdict: "manipulated", label: "signs" },
    });
    expect(a).toMatchObject({ person: "A", deciding: false, estimate: 0.21 });
  });

  it("makes up no verdict for the others, whatever their estimate", () => {
    const { tracks } = manipulated();
    const high = tracks.map((track) => ({ ...track, probability: 0.99 }));
    expect(personRows(manipulated({ tracks: high }))[1]?.verdict).toBeNull();
  });

  it("takes the server's verdict about a person where it says one", () => {
    const [b, a] = manipulated().tracks;
    const tracks = [
      b,
      a && { ...a, verdict: "no_signs", confidence_label: "none", reasons: [{ code: "too_blurred" }] },
    ];
    const rows = personRows(manipulated({ tracks: tracks.filter((track) => track !== undefined) }));
    expect(rows[1]).toMatchObject({
      verdict: { verdict: "no_signs", label: "none" },
      notes: ["too_blurred"],
    });
  });

  it("gives no estimate of the person whose evidence was too weak for one", () => {
    expect(personRows(weak())[0]?.estimate).toBeNull();
  });

  it("finds the top moment and the face's usual size", () => {
    expect(personRows(manipulated())[0]).toMatchObject({ topMs: 2000, medianFacePx: 102, usableFrames: 5 });
  });
});
