"use client";

import { useFormatter, useLocale, useTranslations } from "use-intl";

import type { AnalysisResult, ResultAnswer } from "@/api/schema";
import { bytes, percent, percentRange } from "@/i18n/format";
import { mediaName } from "@/i18n/media-name";
import { useTimeText } from "@/i18n/use-time-text";
import { estimateGiven, labelOf } from "@/ui/verdict";
import { signOf } from "@/ui/verdict-mark";

/** Something that is known of a file, in words; null where it is not. */
export type Fact = { name: string; value: string | null };

/** The same fact of several files, or of several analyses of one. */
export type Aligned = { name: string; values: readonly (string | null)[]; differs: boolean };

/** Facts side by side, a column for each list; what is known of none is left out. */
export function aligned(first: readonly Fact[], ...rest: (readonly Fact[])[]): Aligned[] {
  return first.flatMap(({ name, value }) => {
    const values = [value, ...rest.map((facts) => facts.find((fact) => fact.name === name)?.value ?? null)];
    if (values.every((one) => one === null)) return [];
    return [{ name, values, differs: values.some((one) => one !== value) }];
  });
}

/** What two results are compared by. */
export function useFacts(): (answer: ResultAnswer, result: AnalysisResult) => Fact[] {
  const t = useTranslations();
  const format = useFormatter();
  const locale = useLocale();
  const clock = useTimeText();
  return (answer, result) => {
    const { media, model } = result;
    const { original_filename: name, original_size_bytes: size } = answer.metadata;
    const video = media.type === "video";
    const estimate = estimateGiven(result.verdict, result.final_score);
    const [low, high] = result.interval ?? [];
    const range = estimate !== null && low !== undefined && high !== undefined ? [low, high] : null;
    const fact = (key: FactName, value: string | null) => ({ name: t(`compare.facts.${key}`), value });
    return [
      fact("verdict", t(`common.verdict.brief.${signOf(result.verdict, labelOf(result))}`)),
      fact("estimate", estimate === null ? t("compare.noEstimate") : percent(estimate)),
      fact("range", range === null ? null : percentRange(range)),
      fact("people", format.number(result.tracks.length)),
      fact(
        "frames",
        video ? t("compare.of", { some: result.frames_with_face, all: result.frames_sampled }) : null,
      ),
      fact("kind", mediaName(media.format, media.codec, name)),
      fact("picture", `${media.width} × ${media.height} px`),
      fact("duration", video ? clock(media.duration_ms) : null),
      fact("coded", video ? format.number(media.frame_count) : null),
      fact("size", bytes(size, locale)),
      fact("model", [model.bundle, model.version].filter(Boolean).join(" ") || null),
      fact("threshold", percent(result.decision_threshold)),
      fact("hash", answer.sha256),
    ];
  };
}

type FactName =
  | "verdict"
  | "estimate"
  | "range"
  | "people"
  | "frames"
  | "kind"
  | "picture"
  | "duration"
  | "coded"
  | "size"
  | "model"
  | "threshold"
  | "hash";
