import { renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, test } from "vitest";
import { IntlProvider } from "use-intl";

import { english } from "@/i18n/messages";

import { job } from "./job.fixture";
import { useStepWords } from "./use-step-words";

function words() {
  const wrapper = ({ children }: { children: ReactNode }) => (
    <IntlProvider locale="en" messages={english}>
      {children}
    </IntlProvider>
  );
  return renderHook(() => useStepWords(), { wrapper }).result.current;
}

test("the frames are counted in the words of the step, whichever stage the engine is in", () => {
  const { step } = words();
  for (const stage of ["frame_extraction", "face_detection", "inference"] as const)
    expect(step(job({ stage }))).toBe("Looking at frames, 18 of 32");
  expect(step(job({ media_type: "image" }))).toBe("Looking at the photo");
  expect(step(job({ stage: "aggregation" }))).toBe("Combining");
});

test("who waits is told how many are before", () => {
  const { step, place } = words();
  expect(step(job({ state: "QUEUED", stage: "validating" }))).toBe("Waiting for its turn");
  const told = [null, 0, 1, 3, 1000].map((waiting_before) => place(job({ waiting_before })));
  expect(told).toEqual([
    null,
    "Yours is next.",
    "1 file is before yours.",
    "3 files are before yours.",
    "1,000 files or more are before yours.",
  ]);
});
