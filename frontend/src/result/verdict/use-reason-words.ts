"use client";

import { useFormatter, useTranslations } from "use-intl";

import type { AnalysisResult, Person, ReasonCode } from "@/api/schema";
import { mayDecide, median } from "@/result/people/people";

import { pair } from "./scale";
import { useFigures } from "./use-figures";

/** A reason as a sentence with its number; the same wherever it is given. */
export function useReasonWords(result: AnalysisResult): (code: ReasonCode) => string {
  const t = useTranslations("result.reasons");
  const format = useFormatter();
  const person = result.tracks.find((track) => track.person === result.deciding_person) ?? null;
  const { percent, range: written, ends } = useFigures(result);
  const estimate = percent(result.final_score ?? NaN);
  const [, high] = ends;
  return (code) => {
    switch (code) {
      case "above_threshold":
        return t(code, { letter: result.deciding_person ?? "", estimate, high });
      case "below_threshold":
        return t(code, { estimate, high, left: result.tracks.filter((one) => !mayDecide(one)).length });
      case "in_abstain_band": {
        const range = pair(result.interval);
        const band = written(pair(result.abstain_band) ?? [0, 1]);
        return range === null ? t("in_band", { band }) : t(code, { range: written(range), band });
      }
      case "no_face": {
        const looked =
          result.smallest_face_px === null || result.smallest_face_px === undefined
            ? t(code)
            : t("no_face_of", { pixels: Math.round(result.smallest_face_px) });
        return result.media.other_streams > 0 ? `${looked} ${t("no_face_here")}` : looked;
      }
      case "faces_too_small":
        return t(code, { pixels: Math.round(middle(person, "size_px")) });
      case "too_blurred":
        return t(code, {
          value: format.number(middle(person, "sharpness"), { maximumFractionDigits: 2 }),
        });
      case "too_few_frames":
        return t(code, { frames: result.frames_used_for_score });
      case "damaged_media":
        return t(code, { count: result.damaged_packets });
      case "seen_too_little":
      case "unstable_scores":
        return t(code);
    }
  };
}

function middle(person: Person | null, figure: "size_px" | "sharpness"): number {
  return median((person?.faces ?? []).map((face) => face[figure])) ?? NaN;
}
